import { pathToFileURL } from "node:url";
import { messageOf, UserError } from "../model/errors.ts";
import { nearest } from "../model/suggest.ts";
import type { TargetName } from "../model/target.ts";
import type { DriverFactory } from "./driver.ts";

/** One driver that mqbench ships. The first of a system is its default mode, the first of a mode its default client. */
interface Entry extends TargetName {
  readonly summary: string;
  load(): Promise<DriverFactory>;
}

const ENTRIES: readonly Entry[] = [
  {
    system: "kafka",
    mode: "log",
    client: "wire",
    summary: "Apache Kafka topics through mqbench's own client, the fastest of the three",
    load: async () => (await import("./kafka/wire/wire.ts")).wireDriver,
  },
  {
    system: "kafka",
    mode: "log",
    client: "kafkajs",
    summary: "Apache Kafka topics and consumer groups through kafkajs",
    load: async () => (await import("./kafka/kafkajs.ts")).kafkajsDriver,
  },
  {
    system: "kafka",
    mode: "log",
    client: "platformatic",
    summary: "Apache Kafka topics through @platformatic/kafka",
    load: async () => (await import("./kafka/platformatic/platformatic.ts")).platformaticDriver,
  },
  {
    system: "rabbitmq",
    mode: "quorum",
    client: "amqplib",
    summary: "RabbitMQ quorum queues (replicated, fsync before confirm) through amqplib",
    load: async () => (await import("./rabbitmq/amqplib.ts")).amqplibDriver,
  },
  {
    system: "rabbitmq",
    mode: "classic",
    client: "amqplib",
    summary: "RabbitMQ classic queues (one copy, no fsync before confirm) through amqplib",
    load: async () => (await import("./rabbitmq/amqplib.ts")).amqplibDriver,
  },
  {
    system: "rabbitmq",
    mode: "stream",
    client: "stream-js",
    summary: "RabbitMQ streams (a log, no fsync before confirm) through rabbitmq-stream-js-client",
    load: async () => (await import("./rabbitmq/stream/stream-js.ts")).streamDriver,
  },
  {
    system: "memory",
    mode: "queue",
    client: "local",
    summary: "no broker: the harness's own floor, and a broker that misbehaves to order",
    load: async () => (await import("./memory.ts")).memoryDriver,
  },
];

/** The drivers that mqbench ships, for lists. */
export function drivers(): readonly (TargetName & { readonly summary: string })[] {
  return ENTRIES;
}

/**
 * `system[:mode][@client]` → the full name.
 * @throws UserError `UNKNOWN_TARGET`, naming what there is.
 */
export function resolveTarget(text: string): TargetName {
  const match = /^([\w-]+)(?::([\w-]+))?(?:@([\w-]+))?$/.exec(text.trim());
  const found =
    match &&
    ENTRIES.find(
      (e) => e.system === match[1] && (match[2] ?? e.mode) === e.mode && (match[3] ?? e.client) === e.client,
    );
  if (!found) {
    const near = nearest(
      text,
      ENTRIES.flatMap((e) => [e.system, `${e.system}:${e.mode}`, `${e.system}:${e.mode}@${e.client}`]),
    );
    throw new UserError(`unknown target "${text}"`, {
      code: "UNKNOWN_TARGET",
      hints: [
        ...(near ? [`Did you mean "${near}"?`] : []),
        `A target is system[:mode][@client]; there are ${ENTRIES.map((e) => `${e.system}:${e.mode}@${e.client}`).join(", ")}.`,
      ],
    });
  }
  return { system: found.system, mode: found.mode, client: found.client };
}

/** What a user's own driver module exports (`--driver ./mine.js`). */
export interface DriverModule extends TargetName {
  readonly factory: DriverFactory;
}

/**
 * Loads a user's own driver.
 * @param path absolute
 * @throws UserError `BAD_DRIVER` when it does not load or lacks an export
 */
export async function loadDriverModule(path: string): Promise<DriverModule> {
  let loaded: Partial<DriverModule>;
  try {
    loaded = (await import(pathToFileURL(path).href)) as Partial<DriverModule>;
  } catch (cause) {
    throw new UserError(`cannot load the driver ${path}: ${messageOf(cause)}`, {
      code: "BAD_DRIVER",
      hints: ["--driver takes the path of a JavaScript or TypeScript module; see docs/adding-a-driver.md."],
      cause,
    });
  }
  const { system, mode, client, factory } = loaded;
  if (!system || !mode || !client || typeof factory !== "function")
    throw new UserError(`the driver ${path} does not export system, mode, client and factory`, {
      code: "BAD_DRIVER",
      hints: ["See docs/adding-a-driver.md for a complete one."],
    });
  return { system, mode, client, factory };
}

/**
 * The factory of a resolved target.
 * @param module path of the user's own driver, where the target is one
 */
export async function loadDriver(target: TargetName, module?: string): Promise<DriverFactory> {
  if (module !== undefined) return (await loadDriverModule(module)).factory;
  const entry = ENTRIES.find(
    (e) => e.system === target.system && e.mode === target.mode && e.client === target.client,
  );
  if (!entry) throw new Error(`no driver for ${target.system}:${target.mode}@${target.client}`);
  return await entry.load();
}
