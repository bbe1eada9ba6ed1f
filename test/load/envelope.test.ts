import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBody } from "../../src/load/body.ts";
import { createStamp, ENVELOPE_BYTES, KEYED_ENVELOPE_BYTES, Reader } from "../../src/load/envelope.ts";

const body = createBody(1, 0.5, 4096);
const RUN = 0xdeadbeef;

function message(o: {
  size: number;
  lane?: number;
  sequence?: number;
  key?: number;
  at?: number;
  run?: number;
}): Buffer {
  const at = o.at ?? 0;
  const buffer = Buffer.alloc(at + o.size, 0xee);
  createStamp(o.run ?? RUN, body).write(buffer, at, o.size, {
    lane: o.lane ?? 3,
    sequence: o.sequence ?? 5,
    intendedNs: 1.5e9,
    sentNs: 1.6e9,
    key: o.key ?? -1,
  });
  return buffer;
}

describe("envelope", () => {
  it("comes back as it was written, at any place, size and sequence up to 2^48", () => {
    const reader = new Reader(RUN, body);
    fc.assert(
      fc.property(
        fc.integer({ min: KEYED_ENVELOPE_BYTES, max: 4096 }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.maxSafeNat().map((n) => n % 2 ** 48),
        fc.integer({ min: -1, max: 2 ** 31 }),
        (size, at, lane, sequence, key) => {
          const bytes = message({ size, at, lane, sequence, key });
          expect(reader.read(bytes, at, at + size)).toBe("ok");
          expect([reader.lane, reader.sequence, reader.intendedNs, reader.sentNs]).toEqual([
            lane,
            sequence,
            1.5e9,
            1.6e9,
          ]);
        },
      ),
    );
  });

  it.each([ENVELOPE_BYTES, 100, 4096])("finds any single flipped bit in %i bytes", (size) => {
    const reader = new Reader(RUN, body);
    const bytes = message({ size });
    for (let bit = 0; bit < size * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(reader.read(bytes, 0, size), `bit ${bit}`).not.toBe("ok");
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect(reader.read(bytes, 0, size)).toBe("ok");
  });

  it("finds a flipped bit of the key number", () => {
    const bytes = message({ size: 100, key: 77 });
    bytes[ENVELOPE_BYTES]! ^= 1;
    expect(new Reader(RUN, body).read(bytes, 0, 100)).toBe("corrupt");
  });

  it("finds bodies that were swapped between messages", () => {
    const a = message({ size: 200, sequence: 1 });
    const b = message({ size: 200, sequence: 2 });
    a.copy(b, ENVELOPE_BYTES, ENVELOPE_BYTES);
    expect(new Reader(RUN, body).read(b, 0, 200)).toBe("corrupt");
  });

  it("tells another run's messages from damaged and shortened ones", () => {
    const reader = new Reader(RUN, body);
    expect(reader.read(message({ size: 100, run: 5 }), 0, 100)).toBe("foreign");
    expect(reader.read(message({ size: 100 }), 0, 99)).toBe("corrupt");
    expect(reader.read(Buffer.alloc(10), 0, 10)).toBe("corrupt");
    expect(reader.read(Buffer.alloc(100), 0, 100)).toBe("corrupt");
  });

  it("compresses by the share that was asked for", async () => {
    const { deflateRawSync } = await import("node:zlib");
    const ratio = (share: number): number => {
      const { pattern } = createBody(1, share, 65_536);
      return deflateRawSync(pattern).length / pattern.length;
    };
    expect(ratio(0)).toBeGreaterThan(0.99);
    expect(ratio(0.5)).toBeGreaterThan(0.4);
    expect(ratio(0.5)).toBeLessThan(0.6);
    expect(ratio(1)).toBeLessThan(0.05);
  });
});
