import type { RunResult } from "../src/model/result.ts";
import type { Bench, BenchContext, Row } from "./bench.ts";
import { openBenchBroker } from "./kafka-broker.ts";
import { type KafkaTools, openKafkaTools } from "./kafka-tools.ts";
import { runMqbench } from "./mqbench.ts";
import { interleave, median } from "./stats.ts";

/**
 * How fast one client produces to one partition and consumes from it: mqbench's own client, which stamps,
 * accounts for and verifies every message, against kafka-producer-perf-test and kafka-consumer-perf-test of
 * the broker's release, which verify nothing.
 */
const SETTINGS = [
  "the same broker process, in turn, each on a fresh topic that is deleted before the next run begins",
  "1 partition, 1 producer, acks=all, idempotent, 5 requests in flight, linger 5 ms, batches of 128 KiB, no compression",
  "one payload for the Java tool (`--payload-file`); mqbench writes 44 bytes of envelope and a slice of a pattern that differs from message to message",
  "produce: the Java tool's steady state after `--warmup-records`, at least 30 s; mqbench's measure phase of 30 s after 5 s of warm-up",
  "consume: what was just produced, from the page cache, one consumer, first record to last: `fetch.nMsg.sec`, which leaves the Java tool's start and group join out, against first arrivals from the moment when mqbench's consumer is assigned",
  "the broker's data lies on tmpfs, in memory that was used before, given back as fast as the data grows: on a virtual machine fresh memory comes from the host and costs more than writing to it, and the faster side needs more of it",
  "CPU: of the producing process (user and system, by /proc) while it produces; the JVM's after its JIT settled",
];
const PEER_LEAVES_OUT =
  "all checking. The producer sends one payload again and again and counts acknowledgements; the consumer counts records, and looks at none.";

export const kafka100: Bench = {
  name: "kafka-100B",
  what: "produce and consume 100 B, one partition, mqbench / Kafka's perf tools",
  settings: SETTINGS,
  peerLeavesOut: PEER_LEAVES_OUT,
  run: (context) =>
    compare(
      {
        ...{ name: "kafka-100B", sizeBytes: 100, peerPerS: 1_200_000, both: true },
        goals: { produce: 2.5, consume: 2, cpuNs: 0.3 },
      },
      context,
    ),
};

export const kafka1KiB: Bench = {
  name: "kafka-1KiB",
  what: "produce and consume 1 KiB, one partition, mqbench / Kafka's perf tools",
  settings: SETTINGS,
  peerLeavesOut: PEER_LEAVES_OUT,
  run: (context) =>
    compare(
      {
        ...{ name: "kafka-1KiB", sizeBytes: 1024, peerPerS: 200_000, both: false },
        goals: { produce: 1.5 },
      },
      context,
    ),
};

interface Job {
  readonly name: string;
  readonly sizeBytes: number;
  /** What the Java tool does about; decides how many records it gets, so that it runs for long enough. */
  readonly peerPerS: number;
  /** Also producing and consuming at the same time. */
  readonly both: boolean;
  /** Of the ratios. */
  readonly goals: Partial<Record<"produce" | "consume" | "cpuNs", number>>;
}

const LINGER_MS = 5;
const BATCH_KIB = 128;
/** What our producer may hold: five requests under way and the batches that fill meanwhile. */
const IN_FLIGHT_BATCHES = 8;
const WARMUP_S = 5;
const MEASURE_S = 30;
const AT_ONCE_S = 15;
const AT_ONCE_GOAL = 0.5;

async function compare(job: Job, context: BenchContext): Promise<readonly Row[]> {
  const { signal, note, pairs, seed, cacheDir, quick } = context;
  const broker = await openBenchBroker(context);
  let tools: KafkaTools | undefined;
  try {
    tools = await openKafkaTools(broker.url, cacheDir, signal);
    const { produce, consume, onTopic, versions } = tools;
    let client = "";
    const ours = async () => {
      const alone = await broker.measured(() => mqbench(job, broker.url, true, context));
      const both = job.both
        ? await broker.measured(() => mqbench(job, broker.url, false, context))
        : undefined;
      client = `Kafka ${alone.target.version}, Node ${process.version}`;
      const run = {
        produce: alone.rates.publish,
        consume: alone.rates.consume,
        cpuNs: cpuOfProducing(alone),
        publishAtOnce: both?.rates.publish ?? 0,
        consumeAtOnce: both?.rates.consume ?? 0,
      };
      note(`  mqbench: ${text(run)}, at once ${perS(run.publishAtOnce)} and ${perS(run.consumeAtOnce)}`);
      return run;
    };
    const java = () =>
      onTopic(async (topic) => {
        const seconds = quick ? 12 : MEASURE_S;
        const warmupRecords = Math.round(job.peerPerS * (quick ? 2 : 2 * WARMUP_S));
        const records = warmupRecords + Math.round(job.peerPerS * seconds * 1.1);
        const produced = await produce(topic, {
          ...{ records, warmupRecords, sizeBytes: job.sizeBytes, idempotent: true },
          ...{ lingerMs: LINGER_MS, batchBytes: BATCH_KIB * 1024 },
        });
        const consumed = await consume(topic, records);
        const run = { produce: produced.perS, consume: consumed.perS, cpuNs: produced.cpuNs };
        note(`  Java: ${text(run)}`);
        return run;
      });
    const runs = await interleave(pairs, seed, ours, () => broker.measured(java));
    const notes = `${versions}, ${client}, ${broker.place}; all messages of mqbench verified`;
    const row = (
      measure: string,
      better: Row["better"],
      of: "produce" | "consume" | "cpuNs",
      against: string,
    ): Row => ({
      ...{ name: job.name, measure, better, against, notes },
      ...(job.goals[of] === undefined ? {} : { goal: job.goals[of] }),
      ours: runs.ours.map((r) => r[of]),
      peer: runs.peer.map((r) => r[of]),
    });
    const rows = [
      row("acknowledged, msg/s", "higher", "produce", "kafka-producer-perf-test"),
      row("consumed, msg/s", "higher", "consume", "kafka-consumer-perf-test"),
      row("CPU of the producing process for a message, ns", "lower", "cpuNs", "kafka-producer-perf-test"),
    ];
    if (!job.both) return rows;
    return [...rows, atOnce(job, runs.ours, notes)];
  } finally {
    await tools?.close();
    await broker.close();
  }
}

type OwnRun = Record<"produce" | "consume" | "cpuNs" | "publishAtOnce" | "consumeAtOnce", number>;

function atOnce({ name }: Job, runs: readonly OwnRun[], notes: string): Row {
  const published = perS(median(runs.map((r) => r.publishAtOnce)));
  return {
    name,
    measure: "consumed while producing, msg/s",
    better: "higher",
    ours: runs.map((r) => Math.min(r.publishAtOnce, r.consumeAtOnce)),
    peer: runs.map((r) => Math.min(r.produce, r.consume)),
    against: "the slower of the two alone",
    goal: AT_ONCE_GOAL,
    notes: `no peer; ${published} acknowledged meanwhile; two cores with the broker beside; ${notes}`,
  };
}

/** @param apart first everything is produced, then everything consumed */
function mqbench(
  { sizeBytes }: Job,
  url: string,
  apart: boolean,
  { quick, signal }: BenchContext,
): Promise<RunResult> {
  const measureS = quick ? 3 : apart ? MEASURE_S : AT_ONCE_S;
  return runMqbench({
    args: [
      ...["throughput", "--on", "kafka@wire", "--size", `${sizeBytes}B`, "--durability", "disk"],
      ...["--producers", "1", "--consumers", "1", "--partitions", "1"],
      ...["--in-flight", String(IN_FLIGHT_BATCHES * Math.floor((BATCH_KIB * 1024) / sizeBytes))],
      ...["--set", "producers.idempotent=true", "--set", `producers.linger=${LINGER_MS}ms`],
      ...["--set", `producers.batch=${BATCH_KIB}KiB`, "--prefetch", "50000"],
      ...["--set", "consumers.acknowledgeEvery=1000", "--set", "phases.drain=5m"],
      ...(apart ? ["--set", "consumers.start=after-producers"] : []),
      ...["--warmup", quick ? "2s" : `${WARMUP_S}s`, "--duration", `${measureS}s`, "--no-floor"],
    ],
    env: { MQBENCH_KAFKA_URL: url },
    signal,
  });
}

function cpuOfProducing({ harness, rates, phases }: RunResult): number {
  const measure = phases.find((p) => p.name === "measure");
  const agent = harness.agents.find((a) => a.name === "produce");
  if (!measure || !agent) throw new Error("the result has no measure phase or no producing agent");
  return (agent.cpuS * 1e9) / (rates.sent * ((measure.endNs - measure.startNs) / 1e9));
}

function text(r: { produce: number; consume: number; cpuNs: number }): string {
  return `produced ${perS(r.produce)} at ${Math.round(r.cpuNs)} ns of CPU, consumed ${perS(r.consume)}`;
}

const perS = (n: number): string => `${(n / 1e6).toFixed(2)} M/s`;
