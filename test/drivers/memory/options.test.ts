import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { memoryOptions } from "../../../src/drivers/memory/options.ts";
import { servedAt, stallEnd } from "../../../src/drivers/memory/script.ts";

describe("the memory driver's options", () => {
  test("are read with their units", () => {
    const { script, lies, capacity } = memoryOptions({
      serviceTime: "1.5ms",
      stall: [
        { at: "2s", for: "500ms" },
        { at: "1s", for: "10ms" },
      ],
      capacity: "5k",
      drop: { every: 1000 },
      foreign: { at: 7, body: "AAEC" },
    });
    expect(script).toEqual({
      serviceNs: 1.5e6,
      stalls: [
        { atNs: 1e9, forNs: 10e6 },
        { atNs: 2e9, forNs: 500e6 },
      ],
    });
    expect(capacity).toBe(5000);
    expect(lies).toEqual([
      { kind: "drop", every: 1000, at: new Set() },
      { kind: "foreign", every: 0, at: new Set([7]), body: Buffer.from([0, 1, 2]) },
    ]);
  });

  test.each([
    [{ speed: 1 }, /option speed is not/],
    [{ serviceTime: 5 }, /serviceTime is not a duration/],
    [{ stall: "2s" }, /stall is not a mapping/],
    [{ stall: { at: "2s" } }, /stall.for is not a duration/],
    [{ stall: { at: "2s", for: "0" } }, /stall.for is 0/],
    [{ stall: { at: "2s", for: "1s", every: 1 } }, /stall.every is not known/],
    [
      {
        stall: [
          { at: "1s", for: "2s" },
          { at: "2s", for: "1s" },
        ],
      },
      /overlap/,
    ],
    [{ capacity: 0 }, /capacity is not a whole number/],
    [{ drop: {} }, /drop needs either every or at/],
    [{ drop: { every: 2, at: [1] } }, /drop needs either/],
    [{ drop: { every: 2, body: "AA" } }, /takes no body/],
    [{ foreign: { every: 2 } }, /needs a body/],
    [{ copy: { at: [1.5] } }, /copy.at is not a whole number/],
  ])("are refused when they make no sense: %j", (options, message) => {
    expect(() => memoryOptions(options)).toThrow(message);
  });
});

describe("a script", () => {
  const scripts = fc
    .record({
      serviceNs: fc.integer({ min: 0, max: 1000 }),
      gaps: fc.array(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 500 })), {
        maxLength: 4,
      }),
    })
    .map(({ serviceNs, gaps }) => {
      let atNs = 0;
      const stalls = gaps.map(([gap, forNs]) => {
        const stall = { atNs: atNs + gap, forNs };
        atNs += gap + forNs;
        return stall;
      });
      return { serviceNs, stalls };
    });

  test("lets a server work exactly its service time outside of stalls", () => {
    fc.assert(
      fc.property(scripts, fc.integer({ min: 0, max: 3000 }), (script, from) => {
        const end = servedAt(script, from);
        // Tick by tick: the definition.
        let left = script.serviceNs;
        let at = from;
        for (;;) {
          const resumed = stallEnd(script, at);
          if (resumed > at) at = resumed;
          else if (left === 0) break;
          else {
            left -= 1;
            at += 1;
          }
        }
        expect(end).toBe(at);
      }),
    );
  });
});
