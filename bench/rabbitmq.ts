import { connect } from "amqplib";
import { givenUrls } from "../src/brokers/given.ts";
import { obtainBroker } from "../src/brokers/provider.ts";
import type { Bench, BenchContext, Row } from "./bench.ts";
import { javaOf } from "./maven.ts";
import { runMqbench } from "./mqbench.ts";
import { fetchPerfTest, PERFTEST_VERSION } from "./perftest.ts";
import { type PerfTestRates, readPerfTest } from "./perftest-output.ts";
import { finish, lastWords } from "./process.ts";
import { interleave } from "./stats.ts";

type QueueType = "classic" | "quorum";

const SETTINGS = [
  "AMQP 0-9-1 to the same broker process on the same machine, in turn, each on a fresh durable queue that is deleted before the next run begins",
  "1 producer and 1 consumer, each on a connection of its own; TCP_NODELAY; 1-second reports",
  "bodies of 100 B; PerfTest puts 12 bytes of number and time into them, mqbench 44 of envelope",
  "publisher confirms, 1000 unconfirmed messages at most: `-c 1000`, `--in-flight 1000`",
  "persistent messages: `-f persistent`, `--durability disk`",
  "manual acknowledgements, one for 100 messages, prefetch 2000, the most that a quorum queue takes: `-q 2000 -A 100`",
  "the default exchange, straight to the queue; PerfTest cannot use it and declare its queue too, so that is declared for it (`-p`) with the same arguments",
  "neither asks for unroutable messages back: PerfTest's default, which is not ours (`mandatory=false`)",
  "the JVM gets 15 s of warm-up, dropped from its own interval lines, mqbench 10 s; then 20 s count for each",
];

/**
 * The most that goes through one queue: mqbench, verifying every message, against RabbitMQ PerfTest, which
 * verifies nothing.
 */
export const rabbitClassic = rabbitBench("classic");
export const rabbitQuorum = rabbitBench("quorum");

const IN_FLIGHT = 1000;
const PREFETCH = 2000;
const ACKNOWLEDGE_EVERY = 100;
const SIZE_BYTES = 100;

function rabbitBench(type: QueueType): Bench {
  const name = `rabbitmq-${type}`;
  return {
    name,
    what: `highest rate through one ${type} queue, mqbench / RabbitMQ PerfTest`,
    settings: SETTINGS,
    peerLeavesOut:
      "whether anything was lost, copied, damaged or reordered. It samples latencies, from the actual send on.",
    run: (context) => compare(name, type, context),
  };
}

async function compare(name: string, type: QueueType, context: BenchContext): Promise<readonly Row[]> {
  const { signal, note, pairs, seed, cacheDir } = context;
  const java = await javaOf(signal);
  const classPath = await fetchPerfTest(cacheDir, signal);
  const url = givenUrls([], process.env).get("rabbitmq");
  const lease = await obtainBroker("rabbitmq", { ...(url ? { url } : {}), onProgress: note, signal });
  try {
    let versions = "";
    const ours = async () => {
      const { rates, target } = await mqbench(type, lease.url, context);
      versions = `RabbitMQ ${target.version}, amqplib ${target.clientVersion}, Node ${process.version}`;
      note(`  mqbench: received ${Math.round(rates.consume)}/s, confirmed ${Math.round(rates.publish)}/s`);
      return rates;
    };
    const peer = async (pair: number) => {
      const queue = `bench-${process.pid}-${pair}-${Date.now()}`;
      const rates = await perfTest({
        ...context,
        java: java.command,
        classPath,
        type,
        queue,
        url: lease.url,
      });
      const { receivedPerS, confirmedPerS } = rates;
      note(`  PerfTest: received ${Math.round(receivedPerS)}/s, confirmed ${Math.round(confirmedPerS)}/s`);
      return rates;
    };
    const runs = await interleave(pairs, seed, ours, peer);
    const shared = {
      name,
      better: "higher",
      against: "PerfTest",
      goal: 1.1,
      notes: `PerfTest ${PERFTEST_VERSION}, Java ${java.version}, ${versions}; all messages of mqbench verified`,
    } as const;
    return [
      {
        ...shared,
        measure: "received, msg/s",
        ours: runs.ours.map((r) => r.consume),
        peer: runs.peer.map((r) => r.receivedPerS),
      },
      {
        ...shared,
        measure: "confirmed, msg/s",
        ours: runs.ours.map((r) => r.publish),
        peer: runs.peer.map((r) => r.confirmedPerS),
      },
    ];
  } finally {
    await lease.release();
  }
}

function mqbench(type: QueueType, url: string, { quick, signal }: BenchContext) {
  return runMqbench({
    args: [
      ...["throughput", "--on", `rabbitmq:${type}`, "--size", `${SIZE_BYTES}B`, "--durability", "disk"],
      ...["--producers", "1", "--consumers", "1", "--partitions", "1", "--in-flight", String(IN_FLIGHT)],
      ...["--prefetch", String(PREFETCH), "--set", `consumers.acknowledgeEvery=${ACKNOWLEDGE_EVERY}`],
      ...["--set", "options.rabbitmq.mandatory=false"],
      ...["--warmup", quick ? "2s" : "10s", "--duration", quick ? "3s" : "20s", "--no-floor"],
    ],
    // By the environment: a URL holds a password, and arguments are public on a machine.
    env: { MQBENCH_RABBITMQ_URL: url },
    signal,
  });
}

interface PerfTestRequest extends BenchContext {
  readonly java: string;
  readonly classPath: string;
  readonly type: QueueType;
  readonly queue: string;
  readonly url: string;
}

async function perfTest(r: PerfTestRequest): Promise<PerfTestRates> {
  const [dropS, lengthS] = r.quick ? [2, 6] : [15, 35];
  await onQueue(r.url, (channel) =>
    channel.assertQueue(r.queue, { durable: true, arguments: { "x-queue-type": r.type } }),
  );
  try {
    const done = await finish({
      command: r.java,
      args: [
        ...["-cp", r.classPath, "com.rabbitmq.perf.PerfTest"],
        ...["-x", "1", "-y", "1", "-s", String(SIZE_BYTES), "-c", String(IN_FLIGHT), "-f", "persistent"],
        ...["-q", String(PREFETCH), "-A", String(ACKNOWLEDGE_EVERY), "-i", "1", "-z", String(lengthS)],
        ...["-p", "-ad", "false", "-e", "", "-k", r.queue, "-u", r.queue],
      ],
      // PerfTest reads every long option from the environment, and the URL holds a password.
      env: { URI: r.url },
      signal: r.signal,
    });
    // Its exit code is 0 for most failures too: only the output tells.
    if (done.code !== 0 || !/Reached time limit/.test(done.stdout))
      throw new Error(`PerfTest did not finish, ${lastWords(done)}`);
    return readPerfTest(done.stdout, dropS);
  } finally {
    await onQueue(r.url, (channel) => channel.deleteQueue(r.queue));
  }
}

type Model = Awaited<ReturnType<typeof connect>>;
type Channel = Awaited<ReturnType<Model["createChannel"]>>;

async function onQueue(url: string, action: (channel: Channel) => PromiseLike<unknown>): Promise<void> {
  const model = await connect(url);
  try {
    await action(await model.createChannel());
  } finally {
    await model.close();
  }
}
