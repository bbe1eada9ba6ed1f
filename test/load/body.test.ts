import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Body, createBody } from "../../src/load/body.ts";
import { Views } from "../../src/load/views.ts";

const LARGEST = 2048;
const SMALL = Array.from({ length: 257 }, (_, size) => size);
/** Around the sizes at which native code takes over, and one of the largest. */
const BORDERS = [383, 384, 385, 511, 512, 513, LARGEST];

/** The body at `at` of a buffer whose other bytes are 0xee. */
function written(body: Body, place: number, at: number, size: number): Buffer {
  const bytes = Buffer.alloc(at + size + 8, 0xee);
  body.copy(place, new Views().of(bytes), at, size);
  return bytes;
}

describe.each([0, 0.5, 1])("a body of which %f is constant", (compressible) => {
  const body = createBody(7, compressible, LARGEST);
  const matches = (bytes: Buffer, place: number, at: number, size: number): boolean =>
    body.matches(place, new Views().of(bytes), at, size);

  it("is the plain slice of the pattern, and nothing around it, at every size and alignment", () => {
    for (const size of [...SMALL, ...BORDERS])
      for (let at = 0; at < 8; at++) {
        const place = body.place(3, size * 8 + at);
        const want = Buffer.alloc(at + size + 8, 0xee);
        body.pattern.copy(want, at, place, place + size);
        expect(written(body, place, at, size).equals(want), `${size} B at ${at}`).toBe(true);
      }
  });

  it("is found different by a flip in any byte, at every size and alignment", () => {
    for (const size of [...SMALL, ...BORDERS]) {
      const at = size % 8;
      const place = body.place(1, size);
      const bytes = written(body, place, at, size);
      expect(matches(bytes, place, at, size), `${size} B`).toBe(true);
      for (let i = 0; i < size; i++) {
        const bit = 1 << ((i + size) & 7);
        bytes[at + i]! ^= bit;
        expect(matches(bytes, place, at, size), `bit ${bit} of byte ${i} of ${size}`).toBe(false);
        bytes[at + i]! ^= bit;
      }
    }
  });

  it("is equal exactly where the bytes are, whatever they are", () => {
    const word = fc.oneof(
      fc.uint8Array({ minLength: 8, maxLength: 8 }),
      // Words that float64s do not tell apart, or that are equal to nothing.
      fc.constantFrom(
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0x80],
        [0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
        [1, 0, 0, 0, 0, 0, 0xf0, 0xff],
        [1, 0, 0, 0, 0, 0, 0, 0],
      ),
    );
    fc.assert(
      fc.property(fc.nat(4095), fc.integer({ min: 8, max: 300 }), fc.nat(), word, (n, size, where, w) => {
        const place = body.place(0, n);
        const bytes = written(body, place, 3, size);
        bytes.set(w, 3 + (where % (size - 7)));
        const plain = bytes.subarray(3, 3 + size).equals(body.pattern.subarray(place, place + size));
        expect(matches(bytes, place, 3, size)).toBe(plain);
      }),
      { numRuns: 500 },
    );
  });

  it("has only words that are equal as numbers where they are equal as bytes", () => {
    const { pattern } = body;
    for (let i = 0; i < pattern.length; i += 8) {
      const magnitude = Math.abs(pattern.readDoubleLE(i));
      expect(magnitude >= 2 ** -1022 && magnitude < Number.POSITIVE_INFINITY, `word at ${i}`).toBe(true);
    }
  });

  it("starts at a word, and ends within the pattern", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), fc.maxSafeNat(), (lane, sequence) => {
        const place = body.place(lane, sequence);
        expect(place % 8).toBe(0);
        expect(place).toBeGreaterThanOrEqual(0);
        expect(place + LARGEST).toBeLessThanOrEqual(body.pattern.length);
      }),
    );
  });
});

describe("Views", () => {
  it("writes through to the right buffer, however many take turns and wherever they lie", () => {
    const views = new Views();
    const memory = new ArrayBuffer(4096);
    const buffers = Array.from({ length: 40 }, (_, i) =>
      i % 2 === 0 ? Buffer.from(memory, i * 64, 64) : Buffer.alloc(64),
    );
    const order = fc.array(fc.nat(buffers.length - 1), { minLength: 50, maxLength: 200 });
    fc.assert(
      fc.property(order, (turns) => {
        turns.forEach((turn, n) => {
          const { view, base, bytes } = views.of(buffers[turn]!);
          view.setUint32(base + 5, n, true);
          expect(bytes).toBe(buffers[turn]);
          expect(buffers[turn]!.readUInt32LE(5)).toBe(n);
        });
      }),
    );
  });
});
