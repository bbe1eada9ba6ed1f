import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Driver, DriverFactory } from "../../src/drivers/driver.ts";
import { memoryDriver } from "../../src/drivers/memory.ts";
import { amqplibDriver } from "../../src/drivers/rabbitmq/amqplib.ts";
import { LIES, type LieKind, liar, noTale, type Tale } from "../support/liar.ts";

/**
 * A driver of the user's own kind, for `--driver`: RabbitMQ's classic queues with lies in between, so that a
 * run can be seen to find exactly those. Options, besides those of the driver underneath:
 * `lie: drop | copy | echo | swap | flip | late | foreign | all` (each kind in turn), `every: N` or `at: [n, …]`,
 * `under: rabbitmq | memory`, `tale: FOLDER` where each liar leaves how often it lied, when it is closed.
 * Positions count the deliveries of each subscription's consumer 0, from 1; the others are left alone.
 */
export const system = "rabbitmq";
export const mode = "classic";
export const client = "lying";

export const factory: DriverFactory = ({
  url,
  managementUrl,
  options: { lie, every, at, under = "rabbitmq", tale: folder, ...options },
}) => {
  const kindAt = script(kindsOf(lie), typeof every === "number" ? every : 0, Array.isArray(at) ? at : []);
  const make = under === "memory" ? memoryDriver : amqplibDriver;
  const honest = make({
    url,
    mode: under === "memory" ? "queue" : mode,
    options,
    ...(managementUrl === undefined ? {} : { managementUrl }),
  });
  const tales = new Map<string, Tale>();
  const driver: Driver = {
    ...honest,
    client,
    async consumer(consumerOptions, on) {
      if (consumerOptions.index !== 0) return await honest.consumer(consumerOptions, on);
      const tale = noTale();
      tales.set(consumerOptions.subscription, tale);
      const lying = liar(kindAt, tale, on);
      return lying.consumer(await honest.consumer(consumerOptions, lying.deliveries));
    },
    async close() {
      if (typeof folder === "string")
        for (const [subscription, tale] of tales)
          writeFileSync(join(folder, `${subscription}.json`), JSON.stringify(tale));
      await honest.close();
    },
  };
  return driver;
};

function script(kinds: readonly LieKind[], every: number, at: readonly unknown[]) {
  const chosen = new Set(at.map(Number));
  let told = 0;
  return (n: number): LieKind | undefined =>
    (every > 0 && n % every === 0) || chosen.has(n) ? kinds[told++ % kinds.length] : undefined;
}

function kindsOf(lie: unknown): readonly LieKind[] {
  if (lie === "all") return LIES;
  const kind = LIES.find((k) => k === lie);
  if (kind === undefined) throw new Error(`lie: ${String(lie)} is none of ${LIES.join(", ")}, all`);
  return [kind];
}
