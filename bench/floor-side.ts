import { Arrivals } from "../src/load/arrivals.ts";
import { createBody } from "../src/load/body.ts";
import { createClock } from "../src/load/clock.ts";
import { Consuming } from "../src/load/consuming.ts";
import { createStamp, Reader } from "../src/load/envelope.ts";
import { createRecorders } from "../src/load/metrics.ts";
import { OutcomeLog } from "../src/load/outcome-log.ts";
import { Producing } from "../src/load/producing.ts";
import { TransactionLog } from "../src/load/transaction-log.ts";
import { largestBytes, type Plan } from "../src/model/plan.ts";
import { preparePlans } from "../src/run/prepare.ts";
import { GAP_BYTES, REQUEST_BYTES, RequestFiller } from "./request-filler.ts";

/**
 * `node bench/floor-side.ts produce|consume [SIZE] [ROUNDS]`: CPU of one side of the harness for a message, ns
 * on each line. The client is only what a fast one cannot do without: request buffers filled in turn, messages
 * at any byte, acknowledgements of whole requests. A process of its own, so that nothing but this side is
 * compiled into the hot path.
 */
const ROUND = 2_000_000;
/** Messages that a receiver hands over at once. */
const BATCH = 1000;
const RUN = 0x5eed;

const [side = "produce", size = "100B", rounds = "6"] = process.argv.slice(2);
const plan = await closedLoop();
const clock = createClock(process.hrtime());
const body = createBody(plan.seed, plan.message.compressible, largestBytes(plan.message.size));
const shared = { plan, clock, recorders: createRecorders(), event: () => {} };
const round = side === "consume" ? consumeRound() : produceRound();
for (let i = 0; i < Number(rounds); i++) process.stdout.write(`${round().toFixed(1)}\n`);

/** The profile's plan, with all of the run in its measure phase. */
async function closedLoop(): Promise<Plan> {
  const flags = { on: ["memory"], durability: "memory", size };
  const { runs } = await preparePlans({ profile: "throughput", flags, env: {} });
  const { plan } = runs[0]!;
  return {
    ...plan,
    phases: { ...plan.phases, warmupNs: 0, measureNs: 3600e9 },
    producers: { ...plan.producers, maxInFlight: 500_000 },
  };
}

function cpuNs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) * 1000;
}

function produceRound(): () => number {
  const outcomes = new OutcomeLog();
  const producing = new Producing(0, {
    ...shared,
    outcomes,
    transactions: new TransactionLog(),
    stamp: createStamp(RUN, body),
  });
  const client = new RequestFiller((from, count) => producing.settled(0, from, count, "acked"));
  producing.attach(client);
  return () => {
    const sent = producing.counters.sent;
    const before = cpuNs();
    producing.fire();
    while (producing.counters.sent - sent < ROUND) {
      client.answerOldest();
      producing.ready();
    }
    const ns = (cpuNs() - before) / (producing.counters.sent - sent);
    outcomes.take();
    for (const recorder of Object.values(shared.recorders)) recorder.clear();
    return ns;
  };
}

function consumeRound(): () => number {
  const arrivals = new Arrivals(1);
  const reader = new Reader(RUN, body);
  const consuming = new Consuming("consumer", 1, arrivals, { ...shared, reader, offsets: false });
  consuming.attach({ answer() {}, async flush() {}, async close() {} });
  const stamp = createStamp(RUN, body);
  const received = Buffer.alloc(REQUEST_BYTES);
  const sizeBytes = largestBytes(plan.message.size);
  const step = GAP_BYTES + sizeBytes;
  const batch = Math.min(BATCH, Math.floor(REQUEST_BYTES / step));
  const stamped = { lane: 0, sequence: 0, intendedNs: 0, sentNs: 0, key: -1 };
  return () => {
    let ns = 0;
    let n = 0;
    while (n < ROUND) {
      const first = stamped.sequence;
      const count = Math.floor(REQUEST_BYTES / step / batch) * batch;
      for (let i = 0; i < count; i++) {
        if (i % 16 === 0) stamped.intendedNs = stamped.sentNs = clock.now();
        stamp.write(received, i * step + GAP_BYTES, sizeBytes, stamped);
        stamped.sequence++;
      }
      const before = cpuNs();
      for (let i = 0; i < count; ) {
        consuming.begin();
        for (const end = i + batch; i < end; i++) {
          const start = i * step + GAP_BYTES;
          consuming.message(received, start, start + sizeBytes, first + i, 0, -1, 0);
        }
        consuming.end();
      }
      ns += cpuNs() - before;
      n += count;
    }
    if (arrivals.counters.delivered !== stamped.sequence || arrivals.counters.corrupt > 0)
      throw new Error(`not verified: ${JSON.stringify(arrivals.counters)}`);
    arrivals.take(() => {});
    for (const recorder of Object.values(shared.recorders)) recorder.clear();
    return ns / n;
  };
}
