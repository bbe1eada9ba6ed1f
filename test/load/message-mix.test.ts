import { describe, expect, it } from "vitest";
import { crc32PartitionOf } from "../../src/load/crc32.ts";
import { createMessageMix } from "../../src/load/message-mix.ts";
import { murmur2, partitionOf } from "../../src/load/murmur2.ts";
import type { KeyPlan, MessagePlan, SizePlan } from "../../src/model/plan.ts";

function take(
  n: number,
  plan: Partial<MessagePlan>,
  o: Partial<{ producer: number; producers: number; partitions: number }> = {},
) {
  const mix = createMessageMix(
    { size: { kind: "fixed", bytes: 100 }, keys: { kind: "none" }, compressible: 0, ...plan },
    { seed: 1, producer: 0, producers: 1, partitions: 4, ...o },
  );
  return Array.from({ length: n }, () => {
    mix.next();
    return {
      key: mix.key,
      partition: mix.partition,
      size: mix.sizeBytes,
      bytes: mix.keyBytes(mix.key)?.toString(),
    };
  });
}

describe("murmur2", () => {
  // From the unit test of Apache Kafka's own implementation (UtilsTest.testMurmur2).
  it.each([
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ])("hashes %s as Kafka's Java client does", (text, want) => {
    expect(murmur2(Buffer.from(text))).toBe(want);
  });
});

describe("crc32", () => {
  it("is that of the key, modulo the partitions", () => {
    // The check value of CRC-32/ISO-HDLC.
    expect(crc32PartitionOf(Buffer.from("123456789"), 2 ** 32)).toBe(0xcbf4_3926);
    expect(crc32PartitionOf(Buffer.from("123456789"), 7)).toBe(0xcbf4_3926 % 7);
  });
});

describe("partitions of keys", () => {
  const keys = { kind: "round-robin", count: 40 } as const;
  const places = (messages: ReturnType<typeof take>) =>
    new Map(messages.map(({ bytes, partition }) => [bytes, partition]));

  it("two producers with mixed partitioners have the same keys in different places", () => {
    const mixed = { keys: { ...keys, partitioner: "mixed" } } as const;
    const one = places(take(40, mixed, { producer: 0, producers: 2 }));
    const other = places(take(40, mixed, { producer: 1, producers: 2 }));
    expect([...other.keys()].sort()).toEqual([...one.keys()].sort());
    expect([...one].filter(([key, at]) => other.get(key) !== at).length).toBeGreaterThan(10);
    expect(one).toEqual(places(take(40, { keys })));
    expect(other).toEqual(places(take(40, { keys: { ...keys, partitioner: "crc32" } })));
  });

  it("keys fall anew when there are more partitions, and messages without a key use all of them", () => {
    const mix = createMessageMix(
      { size: { kind: "fixed", bytes: 100 }, keys, compressible: 0 },
      { seed: 1, producer: 0, producers: 1, partitions: 4 },
    );
    const round = () =>
      Array.from({ length: 40 }, () => {
        mix.next();
        return [mix.keyBytes(mix.key)!, mix.partition] as const;
      });
    for (const [key, partition] of round()) expect(partition).toBe(partitionOf(key, 4));
    mix.grow(8);
    const after = round();
    for (const [key, partition] of after) expect(partition).toBe(partitionOf(key, 8));
    expect(after.some(([, partition]) => partition >= 4)).toBe(true);
    const unkeyed = createMessageMix(
      { size: { kind: "fixed", bytes: 100 }, keys: { kind: "none" }, compressible: 0 },
      { seed: 1, producer: 0, producers: 1, partitions: 1 },
    );
    unkeyed.next();
    unkeyed.grow(3);
    const turns = Array.from({ length: 6 }, () => {
      unkeyed.next();
      return unkeyed.partition;
    });
    expect(turns).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it("about the share that is asked for is urgent, and nothing where none is", () => {
    const count = (urgent?: number): number => {
      const mix = createMessageMix(
        {
          size: { kind: "fixed", bytes: 100 },
          keys: { kind: "none" },
          compressible: 0,
          ...(urgent === undefined ? {} : { urgent }),
        },
        { seed: 1, producer: 0, producers: 1, partitions: 1 },
      );
      let n = 0;
      for (let i = 0; i < 1000; i++) {
        mix.next();
        if (mix.isUrgent) n++;
      }
      return n;
    };
    expect(count()).toBe(0);
    expect(count(0.1)).toBeGreaterThan(60);
    expect(count(0.1)).toBeLessThan(140);
  });
});

describe("createMessageMix", () => {
  it("gives partitions in turn without keys", () => {
    expect(take(5, {}).map((m) => m.partition)).toEqual([0, 1, 2, 3, 0]);
    expect(take(1, {})[0]).toMatchObject({ key: -1, bytes: undefined });
  });

  it("gives a key to one producer only, and always the same partition", () => {
    const keys: KeyPlan = { kind: "uniform", count: 50 };
    const of = (producer: number) => take(2000, { keys }, { producer, producers: 3 });
    const owners = [0, 1, 2].map((p) => new Set(of(p).map((m) => m.key)));
    expect(owners.reduce((n, s) => n + s.size, 0)).toBe(50);
    for (const m of of(1)) {
      expect(m.key % 3).toBe(1);
      expect(m.bytes).toBe(`key-${m.key}`);
      expect(m.partition).toBe(partitionOf(Buffer.from(m.bytes!), 4));
    }
  });

  it("draws zipf keys with frequencies in proportion to 1/rank^s", () => {
    const counts = new Array<number>(10).fill(0);
    for (const m of take(50_000, { keys: { kind: "zipf", count: 10, exponent: 1 } })) counts[m.key]!++;
    const harmonic = Array.from({ length: 10 }, (_, k) => 1 / (k + 1)).reduce((a, b) => a + b, 0);
    counts.forEach((n, k) => {
      expect(n / 50_000).toBeCloseTo(1 / (k + 1) / harmonic, 2);
    });
  });

  it.each<[string, SizePlan, (sizes: number[]) => void]>([
    [
      "a range",
      { kind: "range", minBytes: 100, maxBytes: 103 },
      (s) => expect(new Set(s)).toEqual(new Set([100, 101, 102, 103])),
    ],
    [
      "weights",
      {
        kind: "weighted",
        choices: [
          { bytes: 100, weight: 9 },
          { bytes: 1000, weight: 1 },
        ],
      },
      (s) => expect(s.filter((b) => b === 1000).length / s.length).toBeCloseTo(0.1, 1),
    ],
  ])("draws sizes from %s", (_, size, check) => check(take(5000, { size }).map((m) => m.size)));
});
