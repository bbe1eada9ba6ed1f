import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BrokerLease } from "../../../src/brokers/broker.ts";
import { findTool, thisHost } from "../../../src/brokers/host.ts";
import type { Driver } from "../../../src/drivers/driver.ts";
import { COMPRESSIONS, type Compression } from "../../../src/drivers/kafka/settings.ts";
import { wireDriver } from "../../../src/drivers/kafka/wire/wire.ts";
import type { Topology } from "../../../src/model/topology.ts";
import { sharedBroker } from "../../support/brokers.ts";
import { until } from "../../support/until.ts";
import { type ContractContext, openContext } from "../contract/context.ts";
import { decode, type Entry, encode, HEAD } from "./wire-records-support.ts";

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL("wire-java/WireRecords.java", import.meta.url));
const GOLDEN = new URL("wire-java/golden/", import.meta.url);

/** Kafka's own classes lie where mqbench's own broker was installed; running a source file needs a whole JDK. */
function findKafkaJava():
  | { readonly java: string; readonly classPath: string }
  | { readonly missing: string } {
  const host = thisHost();
  const java = findTool(host, "java");
  if (!java || !findTool(host, "javac")) return { missing: "there is no java with javac on the PATH" };
  const folder = join(host.cacheDir, "kafka-4.3.1");
  try {
    const jars = readdirSync(folder).filter((name) => name.endsWith(".jar"));
    if (!jars.some((name) => name.startsWith("kafka-clients")))
      return { missing: "Kafka is not in the cache" };
    return { java, classPath: jars.map((name) => join(folder, name)).join(delimiter) };
  } catch {
    return { missing: "Kafka is not in the cache" };
  }
}

const kafka = findKafkaJava();
if ("missing" in kafka)
  process.stderr.write(`the checks with Kafka's own code are skipped: ${kafka.missing}\n`);

async function wireRecords(...args: string[]): Promise<string[]> {
  if ("missing" in kafka) throw new Error(kafka.missing);
  const { stdout } = await run(
    kafka.java,
    ["-XX:TieredStopAtLevel=1", "-cp", kafka.classPath, PROGRAM, ...args],
    {
      timeout: 60_000,
      maxBuffer: 64 * 1024 ** 2,
    },
  );
  return stdout.split("\n").filter((line) => line !== "");
}

describe.skipIf("missing" in kafka)("Kafka's own code", { timeout: 60_000 }, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "mqbench-wire-java-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("still writes the bytes that are kept as examples", async () => {
    await wireRecords("write", folder);
    for (const name of readdirSync(GOLDEN)) {
      const [fresh, kept] = [readFileSync(join(folder, name)), readFileSync(new URL(name, GOLDEN))];
      // Compressed bytes depend on the Java at hand.
      if (fresh.readInt16BE(21) & 7 && fresh[16] === 2)
        expect(decode(fresh).records).toEqual(decode(kept).records);
      else expect(fresh.equals(kept), name).toBe(true);
    }
  });

  test("reads what we write, with every compression", async () => {
    const cases: readonly [Compression, number, boolean][] = COMPRESSIONS.flatMap((name) => [
      [name, 1, false] as const,
      [name, 40, true] as const,
      // Beyond what one block of snappy or of LZ4 holds.
      [name, 5000, false] as const,
    ]);
    const set = Buffer.concat(
      cases.map(([compression, count, transactional], i) =>
        encode(
          entriesOf(count),
          { compression, transactional, producerId: 4711, producerEpoch: 2, baseSequence: i },
          i * 10_000,
        ),
      ),
    );
    const file = join(folder, "ours.bin");
    writeFileSync(file, set);
    const lines = await wireRecords("read", file);
    const want = cases.flatMap(([compression, count, transactional], i) => {
      const base = i * 10_000;
      const isPacked = compression !== "none" && count > 1;
      return [
        `batch ${base} ${base + count - 1} ${count} ${isPacked ? compression : "none"} 4711 2 ${i} ${transactional}`,
        ...entriesOf(count).map(({ key, value }, n) =>
          ["record", base + n, HEAD.timestampMs, hex(key), hex(value)].join(" "),
        ),
      ];
    });
    expect(lines).toEqual(want);
  });

  test("finds a byte of ours that was changed", async () => {
    const bytes = encode(entriesOf(10));
    bytes[bytes.length - 5]! ^= 1;
    const file = join(folder, "damaged.bin");
    writeFileSync(file, bytes);
    expect(await wireRecords("read", file)).toEqual([expect.stringMatching(/^corrupt: /)]);
  });
});

describe.skipIf("missing" in kafka)("Kafka's own clients on a real broker", { timeout: 60_000 }, () => {
  let lease: BrokerLease;
  let context: ContractContext;
  beforeAll(async () => {
    lease = await sharedBroker("kafka");
    context = await openContext({ name: "kafka:log@wire", make: () => driverWith("none") });
  }, 60_000);
  afterAll(async () => {
    await context.close();
  });

  const driverWith = (compression: Compression): Driver =>
    wireDriver({ url: lease.url, mode: "log", options: { compression } });

  test("write what our consumer reads, with every compression", async () => {
    const count = 2000;
    const topologies = await Promise.all(COMPRESSIONS.map(() => context.stream()));
    const topics = topologies.map(({ name }, i) => `${name}=${COMPRESSIONS[i]}`);
    await wireRecords("produce", lease.url, String(count), ...topics);
    // As WireRecords.java makes them.
    const want = Array.from(
      { length: count },
      (_, i) => `${i} ${i % 50 === 49 ? "" : `value-${i} `.repeat(i % 7)}`,
    );
    for (const topology of topologies) expect(await read(topology, count)).toEqual(want);
  });

  test("read what our producer writes, with every compression", async () => {
    const count = 1000;
    const topics: string[] = [];
    const want: string[] = [];
    for (const compression of COMPRESSIONS) {
      const driver = driverWith(compression);
      context.defer(() => driver.close());
      const topology = await context.stream();
      topics.push(topology.name);
      const sender = await context.produce(topology, { driver, lingerNs: 5e6 });
      await sender.sendAll({ count, sizeBytes: (n) => 50 + (n % 200), key: Buffer.from("a key") });
      expect(sender.book.counts()).toEqual({ acked: count });
      // What our own consumer reads is what was written: the contract's suite sees to that.
      for (const line of await read(topology, count)) {
        const space = line.indexOf(" ");
        const value = Buffer.from(line.slice(space + 1), "latin1");
        want.push(`record ${line.slice(0, space)} ${hex(Buffer.from("a key"))} ${hex(value)}`);
      }
    }
    expect(await wireRecords("consume", lease.url, String(count), ...topics)).toEqual(want);
  });

  /** Offset and value of the first records, as our consumer reads them. */
  async function read(topology: Topology, count: number): Promise<string[]> {
    const got: string[] = [];
    const consumer = await context.driver.consumer(
      {
        topology,
        subscription: "all",
        index: 0,
        sharing: "exclusive",
        partitions: [0],
        prefetch: 1e6,
        acknowledge: "manual",
      },
      {
        begin: () => undefined,
        message: (bytes, start, end, _tag, _partition, offset) =>
          got.push(`${offset} ${bytes.toString("latin1", start, end)}`),
        end: () => undefined,
        event: () => undefined,
      },
    );
    await until("all records", () => got.length >= count);
    await consumer.close();
    return got;
  }
});

function hex(bytes: Buffer | undefined): string {
  return bytes === undefined ? "null" : `"${bytes.toString("hex")}"`;
}

function entriesOf(count: number): Entry[] {
  return Array.from({ length: count }, (_, i) => ({
    key: i % 3 ? Buffer.from(`key-${i}`) : undefined,
    value: Buffer.from(`value-${i} ${"0123456789".repeat(i % 13)}`),
  }));
}
