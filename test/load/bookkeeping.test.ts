import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFrames, writeControl, writeFrame } from "../../src/load/frames.ts";
import { OutcomeLog, readOutcomes } from "../../src/load/outcome-log.ts";

describe("OutcomeLog", () => {
  it("joins neighbouring ranges and gives back exactly what was added", () => {
    const range = fc.record({
      lane: fc.nat(2),
      count: fc.integer({ min: 1, max: 9 }),
      outcome: fc.constantFrom("acked", "failed", "unknown", "unasked"),
    });
    fc.assert(
      fc.property(fc.array(range, { maxLength: 600 }), (ranges) => {
        const log = new OutcomeLog();
        const next = [0, 0, 0];
        const want: string[] = [];
        for (const { lane, count, outcome } of ranges) {
          log.add(lane, next[lane]!, count, outcome as "acked");
          for (let i = 0; i < count; i++) want.push(`${lane} ${next[lane]! + i} ${outcome}`);
          next[lane]! += count;
        }
        const got: string[] = [];
        const shipped = log.take();
        if (shipped)
          readOutcomes(shipped, (lane, from, count, outcome) => {
            for (let i = 0; i < count; i++) got.push(`${lane} ${from + i} ${outcome}`);
          });
        expect(got.sort()).toEqual(want.sort());
        expect(log.take()).toBeUndefined();
      }),
    );
  });

  it("needs one row for a million acknowledgements in order", () => {
    const log = new OutcomeLog();
    for (let s = 0; s < 1e6; s++) log.add(0, s, 1, "acked");
    expect(log.take()).toHaveLength(4 * 8);
  });
});

describe("frames", () => {
  it("come out whole, however the stream is cut", async () => {
    const got: [number, string][] = [];
    const wire = new PassThrough();
    writeFrame(wire, 2, Buffer.from("binary"));
    writeControl(wire, { type: "stop" });
    writeFrame(wire, 3, Buffer.alloc(0));
    const bytes = wire.read() as Buffer;
    const cut = new PassThrough();
    readFrames(cut, (type, payload) => got.push([type, payload.toString()]));
    for (const byte of bytes) cut.write(Buffer.from([byte]));
    await new Promise<void>((resolve) => cut.end(resolve));
    expect(got).toEqual([
      [2, "binary"],
      [1, '{"type":"stop"}'],
      [3, ""],
    ]);
  });
});
