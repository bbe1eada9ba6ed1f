import { BrokerError, UserError } from "../../../model/errors.ts";
import type { Consumer, ConsumerOptions, Deliveries } from "../../driver.ts";
import { createCommits } from "../commits.ts";
import type { Context } from "../context.ts";
import { isConnectionCode } from "../outcome.ts";
import { groupOf } from "../topic-plan.ts";
import { createUnanswered } from "../unanswered.ts";
import { translate } from "./client-error.ts";
import { within } from "./hang-up.ts";
import { createMember } from "./member.ts";
import { createReader, type Positions, type Reader, type Stream } from "./reader.ts";

/** Before the next try after the broker could not be reached. */
const PAUSE_MS = 100;
/** Refusals in a row after which it is given up; a lost connection is not one. */
const REFUSALS = 50;
const CLOSE_MS = 3000;

/** Reads the partitions it was given, and no others; or those that its group gives it. */
export async function createConsumer(
  context: Context,
  options: ConsumerOptions,
  on: Deliveries,
): Promise<Consumer> {
  const { topology, partitions } = options;
  if (options.sharing !== "exclusive")
    throw new UserError("several consumers cannot share a partition of a Kafka group", {
      code: "UNSUPPORTED",
      hints: ["Use sharing: exclusive."],
    });
  const groupId = groupOf(topology, options.subscription);
  const label = `consumer ${options.index} of ${groupId}`;
  const auto = options.acknowledge === "auto";
  const unanswered = createUnanswered();
  const isMember = context.settings.group !== "assigned";
  const create = (): Reader =>
    isMember
      ? createMember(context, `mqbench-consumer-${options.index}`, groupId, topology.name, (detail) => {
          if (!closed) on.event("rebalanced", `${label} ${detail}`);
        })
      : createReader(context, `mqbench-consumer-${options.index}`, groupId, topology.name, partitions);
  let reader = create();
  let stream: Stream | undefined;
  let closed: Promise<void> | undefined;
  let failures = 0;
  const commits = createCommits(unanswered, context.settings.commitIntervalMs, async (moved) => {
    try {
      await reader.commit(moved);
    } catch (error) {
      throw translate(error);
    }
  });

  const couldNotStart = async (error: unknown): Promise<never> => {
    await reader.close(CLOSE_MS);
    const { message, type } = translate(error);
    throw new BrokerError(`${label} could not start: ${message}`, { code: type, cause: error });
  };
  const positions = await startingAt(reader).catch(couldNotStart);

  /** Delivers what is there, as far as the prefetch allows. */
  const pump = (): void => {
    const from = stream;
    if (!from || closed || from.destroyed) return;
    let message = unanswered.count < options.prefetch ? from.read() : null;
    if (message === null) return;
    failures = 0;
    on.begin();
    while (message !== null) {
      const { partition } = message;
      const value = message.value ?? EMPTY;
      const offset = Number(message.offset);
      positions.set(partition, offset + 1);
      const tag = unanswered.deliver(partition, offset);
      on.message(value, 0, value.length, tag, partition, offset, 0);
      if (auto) unanswered.answer(tag, false);
      // Whoever closes it in a callback wants no more of them.
      message = unanswered.count < options.prefetch && !closed ? from.read() : null;
    }
    on.end();
    if (auto) commits.touch();
  };

  let scheduled = false;
  const pumpSoon = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      pump();
    });
  };

  const read = async (): Promise<void> => {
    const opened = await reader.open(positions, pump);
    opened.once("error", (error) => void recover(error));
    stream = opened;
    // What came before there was a stream to pump from.
    pump();
  };

  /** A stream that failed is over: another one goes on where this one's deliveries ended. */
  const recover = async (first: Error): Promise<void> => {
    let error: unknown = first;
    let isConnected = true;
    while (!closed) {
      const { message, type } = translate(error);
      failures = isConnectionCode(type) ? 0 : failures + 1;
      if (failures >= REFUSALS) return on.event("broken", `${label}: ${message}`);
      if (isConnected) on.event("disconnected", `${label}: ${message}`);
      isConnected = false;
      // A member that does not say that it leaves keeps its partitions until its session ends.
      await reader.close(isMember ? CLOSE_MS : 0);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      if (closed) return;
      reader = create();
      try {
        // Proves the connection, which opening a stream does not; a group may take seconds then to give it something.
        await reader.positions();
        if (closed) break;
        isConnected = true;
        on.event("reconnected", label);
        return await read();
      } catch (again) {
        error = again;
      }
    }
    await reader.close(0);
  };

  const leave = async (): Promise<void> => {
    stream?.destroy();
    await commits.flush().catch(() => undefined);
  };

  if (partitions.length > 0 || isMember) await read().catch(couldNotStart);
  on.event("connected", label);

  return {
    answer(tag, answer, upTo) {
      if (answer !== "ack") throw new Error(`Kafka cannot ${answer} a message`);
      if (closed) return;
      const full = unanswered.count >= options.prefetch;
      unanswered.answer(tag, upTo);
      commits.touch();
      if (full && unanswered.count < options.prefetch) pumpSoon();
    },
    flush: () => commits.flush(),
    close() {
      // Assigned before anything runs: what is called back finds the consumer closed.
      closed ??= Promise.resolve().then(async () => {
        await within(leave(), CLOSE_MS);
        commits.stop();
        await reader.close(CLOSE_MS);
      });
      return closed;
    },
  };
}

const EMPTY = Buffer.alloc(0);

/** For the group's coordinator: a new cluster first makes the topic that holds the offsets. */
const START_MS = 30_000;

async function startingAt(reader: Reader): Promise<Positions> {
  const endMs = performance.now() + START_MS;
  for (;;)
    try {
      return await reader.positions();
    } catch (error) {
      if (!NOT_YET.has(translate(error).type) || performance.now() > endMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
}

const NOT_YET: ReadonlySet<string> = new Set([
  "COORDINATOR_NOT_AVAILABLE",
  "COORDINATOR_LOAD_IN_PROGRESS",
  "NOT_COORDINATOR",
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_OR_FOLLOWER",
]);
