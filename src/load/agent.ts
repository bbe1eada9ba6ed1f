import type { Duplex } from "node:stream";
import type { DriverFactory } from "../drivers/driver.ts";
import { BrokerError, messageOf, UserError } from "../model/errors.ts";
import { flowBucketNs } from "../model/flow.ts";
import { largestBytes, type Plan } from "../model/plan.ts";
import { createBody } from "./body.ts";
import { createClock } from "./clock.ts";
import { createConsumerSide } from "./consumer-side.ts";
import { createStamp, Reader } from "./envelope.ts";
import { markFaults } from "./fault-marks.ts";
import { readFrames, writeControl } from "./frames.ts";
import { createJournal } from "./journal.ts";
import { createRecorders } from "./metrics.ts";
import { Moments } from "./moments.ts";
import { opensInTurn } from "./opening.ts";
import { OutcomeLog } from "./outcome-log.ts";
import { createProducerSide } from "./producer-side.ts";
import type { AgentInit, FromAgent, ToAgent } from "./protocol.ts";
import { createShipping } from "./shipping.ts";
import { TransactionLog } from "./transaction-log.ts";

/**
 * An agent: a process of its own that produces and consumes its part of a plan through one driver, and
 * ships what it saw over `pipe` each second. It obeys the conductor and ends when the pipe does.
 * @returns when the conductor has said `finish` and everything is shipped, or the pipe has ended
 */
export async function runAgent(pipe: Duplex, load: (plan: Plan) => Promise<DriverFactory>): Promise<void> {
  const send = (message: FromAgent): void => {
    if (pipe.writable) writeControl(pipe, message);
  };
  let agent: Agent | undefined;
  let queue = Promise.resolve();
  await new Promise<void>((resolve) => {
    pipe
      .once("end", resolve)
      .once("close", resolve)
      .once("error", () => resolve());
    const obey = async (message: ToAgent): Promise<void> => {
      if (message.type === "init") agent = await createAgent(message, pipe, send, await load(message.plan));
      else await agent?.obey(message);
      if (message.type === "finish") resolve();
    };
    readFrames(pipe, (_type, payload) => {
      const message = JSON.parse(payload.toString()) as ToAgent;
      // Stopping cannot wait for what is under way.
      if (message.type === "stop") agent?.stop(message.flushMs);
      else queue = queue.then(() => obey(message)).catch((error: unknown) => send(errorMessage(error)));
    });
  });
  await agent?.close();
}

interface Agent {
  obey(message: ToAgent): Promise<void>;
  stop(flushMs: number): void;
  close(): Promise<void>;
}

async function createAgent(
  init: AgentInit,
  pipe: Duplex,
  send: (message: FromAgent) => void,
  factory: DriverFactory,
): Promise<Agent> {
  const { plan, topology } = init;
  const clock = createClock(init.origin ?? process.hrtime());
  const body = createBody(plan.seed, plan.message.compressible, largestBytes(plan.message.size));
  const { faults, phases } = plan;
  const recorders = createRecorders(
    faults.length > 0 ? new Moments(flowBucketNs(phases.warmupNs + phases.measureNs)) : undefined,
  );
  const outcomes = new OutcomeLog();
  const transactions = new TransactionLog();
  const driver = factory({
    url: init.url,
    mode: plan.target.mode,
    options: plan.driverOptions,
    ...(init.managementUrl === undefined ? {} : { managementUrl: init.managementUrl }),
    ...(plan.consumers.isolation === undefined ? {} : { isolation: plan.consumers.isolation }),
  });
  const shared = {
    plan,
    clock,
    recorders,
    event: (source: string, kind: string, detail: string) =>
      send({ type: "event", atNs: clock.now(), source, kind, detail }),
  };
  const info = await driver.connect();
  if (init.ownsStream) await driver.create(topology, { existing: "refuse" });
  const { warmupNs, measureNs } = plan.phases;
  const journal = init.journal && createJournal(init.journal, clock, warmupNs + measureNs);
  const producers = await createProducerSide(
    init,
    driver,
    { ...shared, outcomes, transactions, stamp: createStamp(init.runNumber, body) },
    journal,
  );
  const consumers = createConsumerSide(
    init,
    driver,
    { ...shared, reader: new Reader(init.runNumber, body), offsets: driver.capabilities.offsets },
    journal,
  );
  const shipping = createShipping(pipe, {
    clock,
    recorders,
    outcomes,
    transactions,
    producers,
    consumers,
    journal,
  });
  const isTold = opensInTurn(plan) && init.origin === undefined;
  if (plan.consumers.start === "with-producers" && !isTold) await consumers.open();
  await shipping.ready;
  const durability = info.durabilityClass(plan.durability);
  send({ type: "ready", info: { ...info, durability } });

  let stopMarks = (): void => {};
  return {
    async obey(message) {
      switch (message.type) {
        case "start":
          clock.setOrigin(message.origin);
          journal?.start();
          shipping.start();
          stopMarks = markFaults(plan, clock, producers, consumers, send);
          return producers.start(message.origin, {
            overloaded: (backlogNs) => send({ type: "overloaded", backlogNs }),
            produced: () => {
              shipping.now();
              send({ type: "produced" });
            },
            failed: (error) => send(errorMessage(error)),
          });
        case "consume":
          await consumers.open();
          return send({ type: "consuming" });
        case "grown":
          for (const p of producers.producing) p.grow(message.partitions);
          return await consumers.grow(message.partitions);
        // Others wait for nobody who waits for his place in a group.
        case "join":
          return void consumers.join().catch((error: unknown) => send(errorMessage(error)));
        case "leave":
          return void consumers.leave().then((taken) => send({ type: "left", taken }));
        case "drain":
          return shipping.every(message.everyMs);
        case "depth": {
          const depths = await driver.depth?.(topology).catch(() => undefined);
          return send({
            type: "depth",
            messages: depths ? depths.reduce((sum, d) => sum + d.messages, 0) : null,
          });
        }
        case "finish":
          await consumers.close();
          shipping.now();
          if (init.ownsStream) await driver.drop(topology);
          return send({ type: "finished" });
      }
    },
    stop: (flushMs) => producers.stop(flushMs),
    async close() {
      stopMarks();
      producers.end();
      consumers.end();
      shipping.end();
      await driver.close();
      journal?.close();
    },
  };
}

function errorMessage(error: unknown): FromAgent {
  const message = messageOf(error);
  if (error instanceof UserError || error instanceof BrokerError) {
    const kind = error instanceof UserError ? "user" : "broker";
    return { type: "error", kind, code: error.code, message, hints: error.hints };
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return { type: "error", kind: "bug", code: "BUG", message, hints: [], ...(stack ? { stack } : {}) };
}
