import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Admin } from "@platformatic/kafka";
import {
  type ConsumerPerf,
  type ProducerPerf,
  readConsumerPerf,
  readProducerPerf,
} from "./kafka-tools-output.ts";
import { fetchJars, javaOf } from "./maven.ts";
import { finish, lastWords } from "./process.ts";
import { watchCpu } from "./process-cpu.ts";

/** Kafka's own perf tools, of the broker's release, against one broker. */
export interface KafkaTools {
  readonly versions: string;
  /** Makes a topic of one partition, hands it out, and removes it. */
  onTopic<T>(work: (topic: string) => Promise<T>): Promise<T>;
  produce(topic: string, o: ProduceOptions): Promise<ProducerPerf & { readonly cpuNs: number }>;
  /** Reads `records` from the beginning. */
  consume(topic: string, records: number): Promise<ConsumerPerf>;
  close(): Promise<void>;
}

export interface ProduceOptions {
  readonly records: number;
  readonly warmupRecords: number;
  readonly sizeBytes: number;
  readonly lingerMs: number;
  readonly batchBytes: number;
  readonly idempotent: boolean;
}

/** Of the broker that mqbench starts. */
const KAFKA_VERSION = "4.3.1";
/** The JIT has settled by then; CPU time before it is left out, as are the tool's warm-up records. */
const JIT_S = 8;
/** Longer than the local broker's `log.segment.delete.delay.ms`: the next run finds the disk free. */
const DELETE_MS = 2000;

export async function openKafkaTools(
  url: string,
  cacheDir: string,
  signal: AbortSignal,
): Promise<KafkaTools> {
  const java = await javaOf(signal);
  const classPath = await fetchJars(
    { group: "org.apache.kafka", name: "kafka-tools", version: KAFKA_VERSION },
    cacheDir,
    signal,
  );
  const admin = new Admin({ clientId: "mqbench-bench", bootstrapBrokers: url.split(",") });
  const dir = await mkdtemp(join(tmpdir(), "mqbench-kafka-tools-"));
  let topics = 0;

  const run = async (tool: string, args: readonly string[], onPid?: (pid: number) => void) => {
    const done = await finish({
      command: java.command,
      // Its launcher script's heap; without a limit the JVM would take a quarter of the machine.
      args: ["-Xmx512m", "-cp", classPath, `org.apache.kafka.tools.${tool}`, ...args],
      signal,
      ...(onPid ? { onPid } : {}),
    });
    if (done.code !== 0) throw new Error(`${tool} did not finish, ${lastWords(done)}`);
    return done;
  };

  return {
    versions: `kafka-tools ${KAFKA_VERSION}, Java ${java.version}`,
    async onTopic(work) {
      const topic = `bench-${process.pid}-${topics++}`;
      await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 });
      try {
        return await work(topic);
      } finally {
        await admin.deleteTopics({ topics: [topic] });
        await sleep(DELETE_MS, undefined, { signal });
      }
    },
    async produce(topic, o) {
      const payload = join(dir, `payload-${o.sizeBytes}`);
      // One line: with --record-size the tool would draw every byte of every record at random.
      await writeFile(payload, "x".repeat(o.sizeBytes));
      let watch: ReturnType<typeof watchCpu> | undefined;
      try {
        const { stdout, stderr } = await run(
          "ProducerPerformance",
          [
            ...["--topic", topic, "--num-records", String(o.records), "--throughput", "-1"],
            ...["--payload-file", payload, "--warmup-records", String(o.warmupRecords)],
            ...["--bootstrap-server", url, "--command-property", "acks=all", `linger.ms=${o.lingerMs}`],
            ...[`batch.size=${o.batchBytes}`, `enable.idempotence=${o.idempotent}`],
            "max.in.flight.requests.per.connection=5",
          ],
          (pid) => {
            watch = watchCpu(pid);
          },
        );
        const perf = readProducerPerf(stdout, stderr);
        return { ...perf, cpuNs: (watch!.coresSince(JIT_S) * 1e9) / perf.perS };
      } finally {
        watch?.stop();
      }
    },
    async consume(topic, records) {
      const { stdout } = await run("ConsumerPerformance", [
        ...["--bootstrap-server", url, "--topic", topic, "--num-records", String(records)],
        ...["--timeout", "30000"],
      ]);
      const perf = readConsumerPerf(stdout);
      if (perf.records < records)
        throw new Error(`kafka-consumer-perf-test read ${perf.records} of ${records}`);
      return perf;
    },
    async close() {
      await admin.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
