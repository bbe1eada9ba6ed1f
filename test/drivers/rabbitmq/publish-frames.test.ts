import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MessageSource } from "../../../src/drivers/driver.ts";
import { PublishFrames, type PublishSettings } from "../../../src/drivers/rabbitmq/publish-frames.ts";
import { codec, type Frame, framesOf } from "./amqplib-inside.ts";

const { defs } = codec;
const settings: PublishSettings = {
  channel: 1,
  exchange: "",
  routingKeys: ["a.0"],
  persistent: true,
  mandatory: true,
  frameMax: 4096,
};

const bodyOf = (sizeBytes: number, salt: number) =>
  Buffer.from(Array.from({ length: sizeBytes }, (_, i) => (i * 31 + salt * 17 + (i >> 8)) & 0xff));

/** Every third message, but not the first. */
const isUrgent = (i: number): boolean => i % 3 === 2;

/** Messages of these sizes, to partitions in turn, with tags from `firstTag`. */
function published(sizes: readonly number[], of: PublishSettings, firstTag = 1): Buffer {
  let [used, next] = [0, 0];
  const space = {
    // Dirty, as a block is that was used before.
    bytes: Buffer.alloc(
      sizes.reduce((sum, size) => sum + size * 9 + 1024, 0),
      0xaa,
    ),
    reserve(sizeBytes: number) {
      used += sizeBytes;
      return used - sizeBytes;
    },
  };
  const frames = new PublishFrames(of, space);
  const source: MessageSource = {
    peek: () => undefined,
    write(into, at) {
      into.set(bodyOf(sizes[next]!, next), at);
      next += 1;
    },
  };
  sizes.forEach((size, i) => {
    frames.put(source, i % of.routingKeys.length, size, firstTag + i, isUrgent(i));
  });
  expect(next).toBe(sizes.length);
  expect(space.bytes.subarray(used).every((byte) => byte === 0xaa)).toBe(true);
  return space.bytes.subarray(0, used);
}

/** What amqplib's parser reads must be, frame by frame. */
function check(frames: readonly Frame[], sizes: readonly number[], of: PublishSettings, firstTag = 1): void {
  let at = 0;
  sizes.forEach((size, i) => {
    const [method, header] = [frames[at++]!, frames[at++]!];
    expect(method).toMatchObject({ id: defs.BasicPublish, channel: of.channel });
    const routingKey = of.routingKeys[i % of.routingKeys.length]!;
    expect(method.fields).toMatchObject({
      exchange: of.exchange,
      routingKey,
      mandatory: of.mandatory,
      immediate: false,
    });
    expect(header).toMatchObject({ id: defs.BasicProperties, channel: of.channel, size });
    const set = Object.entries(header.fields!).filter(([, value]) => value !== undefined);
    expect(Object.fromEntries(set)).toEqual({
      deliveryMode: of.persistent ? 2 : 1,
      ...(isUrgent(i) ? { priority: 9 } : {}),
      ...(of.mandatory ? { messageId: String(firstTag + i).padStart(16, "0") } : {}),
    });
    const parts: Buffer[] = [];
    for (let got = 0; got < size; got += parts.at(-1)!.length) {
      expect(frames[at]).toMatchObject({ channel: of.channel });
      parts.push(frames[at++]!.content!);
    }
    const whole = parts.slice(0, -1).every((part) => part.length === of.frameMax - 8);
    expect(whole).toBe(true);
    expect(Buffer.concat(parts).equals(bodyOf(size, i))).toBe(true);
  });
  expect(at).toBe(frames.length);
}

describe("the frames of a publish", () => {
  test("are these bytes", () => {
    const tag = "30303030303030303030303030303432";
    expect(published([2], settings, 42).toString("hex")).toBe(
      [
        // Frame head, class 60, method 40, reserved, exchange "", routing key "a.0", mandatory.
        "0100010000000c003c002800000003612e3001ce",
        // Class 60, weight 0, body size 2, flags, delivery mode 2, message id of 16 digits.
        `02000100000020003c0000000000000000000210800210${tag}ce`,
        "03000100000002",
        bodyOf(2, 0).toString("hex"),
        "ce",
      ].join(""),
    );
  });

  test("are read by amqplib as what was published, for every size and frameMax", () => {
    const size = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 20_000 }));
    const some = fc.record({
      channel: fc.integer({ min: 1, max: 0xffff }),
      exchange: fc.string({ maxLength: 40 }),
      routingKeys: fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 4 }),
      persistent: fc.boolean(),
      mandatory: fc.boolean(),
      // Far below the protocol's minimum of 4096, to have many frames.
      frameMax: fc.oneof(fc.integer({ min: 150, max: 400 }), fc.integer({ min: 4096, max: 16_384 })),
    });
    const tags = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 2 ** 53 - 100 }));
    const sizes = fc.array(size, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(sizes, some, tags, (sizes, of, tag) => {
        // Method and header frames are not cut: only a body frame can be as large as allowed.
        check(framesOf(published(sizes, of, tag), 131_072), sizes, of, tag);
      }),
      { numRuns: 150 },
    );
  });

  test.each([0, 1, 4087, 4088, 4089, 8175, 8176, 8177, 1_000_000])(
    "keep to frameMax with a body of %i bytes",
    (size) => check(framesOf(published([size, 3], settings), settings.frameMax), [size, 3], settings),
  );

  test("carry ids beyond ten million", () => {
    const sizes = [5, 5];
    for (const tag of [9_999_999, 10_000_000, 4_294_967_295, 2 ** 53 - 3])
      check(framesOf(published(sizes, settings, tag), 4096), sizes, settings, tag);
  });

  test("would be found wrong if a byte were", () => {
    const small = { ...settings, frameMax: 50 };
    const good = published([60], small);
    const unnoticed = [...good.keys()].filter((at) => {
      const bad = Buffer.from(good);
      bad[at]! ^= 1;
      try {
        check(framesOf(bad, 131_072), [60], small);
        return true;
      } catch {
        return false;
      }
    });
    // What amqplib's parser does not look at, and the bytes above pin down: basic.publish's reserved field,
    // the header's weight, the flag for more flags, and a length beyond the end of the frame.
    expect(unnoticed).toEqual([11, 12, 29, 30, 40, 42]);
  });
});
