import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { consumerTagOf, takeDeliveries } from "../../../src/drivers/rabbitmq/deliver-frames.ts";
import { directDeliveries } from "../../../src/drivers/rabbitmq/direct-deliveries.ts";
import { codec, openInside } from "./amqplib-inside.ts";

const { defs, encodeMethod, encodeHeader, bodyFrame, heartbeat } = codec;

/** Frames of one thing that a broker may send. */
interface Item {
  readonly what: "delivery" | "heartbeat" | "ack" | "other channel";
  readonly partition: number;
  readonly redelivered: boolean;
  /** Sizes of the body's frames. */
  readonly parts: readonly number[];
  readonly headers: boolean;
}

const item: fc.Arbitrary<Item> = fc.record({
  what: fc.constantFrom("delivery", "delivery", "delivery", "heartbeat", "ack", "other channel"),
  partition: fc.constantFrom(0, 7, 12),
  redelivered: fc.boolean(),
  parts: fc.oneof(fc.tuple(fc.integer({ min: 1, max: 300 })), fc.array(fc.integer({ min: 1, max: 40 }))),
  headers: fc.boolean(),
});

function framesOfItem({ what, partition, redelivered, parts, headers }: Item, n: number): Buffer {
  if (what === "heartbeat") return heartbeat;
  if (what === "ack") return encodeMethod(defs.BasicAck!, 1, { deliveryTag: n + 1, multiple: n % 2 === 0 });
  const channel = what === "delivery" ? 1 : 2;
  const method = {
    consumerTag: consumerTagOf(partition),
    deliveryTag: n + 1,
    redelivered,
    exchange: "x",
    routingKey: "some.key",
  };
  const size = parts.reduce((sum, part) => sum + part, 0);
  const properties = { deliveryMode: 2, ...(headers ? { headers: { "x-delivery-count": 0 } } : {}) };
  return Buffer.concat([
    encodeMethod(defs.BasicDeliver!, channel, method),
    encodeHeader(defs.BasicProperties!, channel, size, properties),
    ...parts.map((part, i) => bodyFrame(channel, Buffer.alloc(part, n * 7 + i + 1))),
  ]);
}

/** What arrives of the chunks, in order, and how much of it was taken directly. */
function arrivals(chunks: readonly Buffer[], direct: boolean, take = takeDeliveries) {
  const { wire, feed, channel, errors } = openInside();
  const seen: string[] = [];
  let taken = 0;
  const tags = [0, 7, 12].map(consumerTagOf);
  const tell = (from: string, redelivered: boolean, body: Buffer) =>
    seen.push(`${from} ${redelivered} ${body.toString("hex")}`);
  const own = channel(tags, (tag, { content, fields }) => tell(tag, fields.redelivered, content));
  channel(tags, (tag, { content, fields }) => tell(`other ${tag}`, fields.redelivered, content));
  own.on("ack", (fields) => seen.push(`ack ${JSON.stringify(fields)}`));
  if (direct) {
    const on = (partition: number, bytes: Buffer, start: number, end: number) => {
      taken += 1;
      tell(consumerTagOf(partition), false, bytes.subarray(start, end));
    };
    const fail = (error: unknown) => {
      throw error;
    };
    directDeliveries(wire, own.ch, on, fail, take);
  }
  for (const chunk of chunks) feed(chunk);
  return { seen, taken, errors: errors.map(String) };
}

/** Cut where the fractions say. */
function cut(stream: Buffer, at: readonly number[]): Buffer[] {
  const places = [...new Set(at.map((part) => Math.floor(part * stream.length)))].sort((a, b) => a - b);
  return [...places, stream.length]
    .map((end, i, ends) => stream.subarray(ends[i - 1] ?? 0, end))
    .filter((chunk) => chunk.length > 0);
}

const fractions = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 12 });

describe("deliveries taken directly", () => {
  test("are the ones that amqplib would give, in the same order, however the stream is cut", () => {
    let [taken, all] = [0, 0];
    fc.assert(
      fc.property(fc.array(item, { maxLength: 25 }), fractions, (items, at) => {
        const chunks = cut(Buffer.concat(items.map(framesOfItem)), at);
        const [want, got] = [arrivals(chunks, false), arrivals(chunks, true)];
        expect(want.errors).toEqual([]);
        expect(want.seen).toHaveLength(items.filter(({ what }) => what !== "heartbeat").length);
        expect({ ...got, taken: 0 }).toEqual(want);
        taken += got.taken;
        all += want.seen.length;
      }),
      { numRuns: 400 },
    );
    // Both ways were tried.
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(all);
  });

  test("are all of a stream that is read in one piece, and no redelivered or divided one", () => {
    const plain: Item = { what: "delivery", partition: 7, redelivered: false, parts: [9], headers: true };
    const pieces = [plain, plain, { ...plain, redelivered: true }, { ...plain, parts: [2, 3] }, plain];
    const { taken, seen } = arrivals([Buffer.concat(pieces.map(framesOfItem))], true);
    expect([taken, seen.length]).toEqual([3, 5]);
  });

  test("stop before a frame that is damaged, which amqplib then refuses", () => {
    const good = framesOfItem(
      { what: "delivery", partition: 0, redelivered: false, parts: [9], headers: false },
      0,
    );
    const bad = Buffer.from(good);
    bad[bad.length - 1] = 0;
    expect(arrivals([Buffer.concat([good, bad, good])], true)).toMatchObject({
      taken: 1,
      seen: [expect.any(String)],
      errors: ["Error: Invalid frame"],
    });
  });

  test("would be found out if one were lost, altered or taken too early", () => {
    const items: Item[] = [1, 2, 3].map((size) => ({
      what: "delivery",
      partition: 0,
      redelivered: size === 2,
      parts: [size],
      headers: false,
    }));
    const chunks = [Buffer.concat(items.map(framesOfItem))];
    const want = arrivals(chunks, false).seen;
    const lossy: typeof takeDeliveries = (bytes, channel) => takeDeliveries(bytes, channel, () => {});
    const longer: typeof takeDeliveries = (bytes, channel, on) =>
      takeDeliveries(bytes, channel, (partition, of, start, end) => on(partition, of, start, end + 1));
    expect(arrivals(chunks, true).seen).toEqual(want);
    for (const wrong of [lossy, longer]) expect(arrivals(chunks, true, wrong).seen).not.toEqual(want);
  });
});
