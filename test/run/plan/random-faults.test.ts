import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FaultKind, type FaultPlan, isNodeDown } from "../../../src/model/fault.ts";
import { busyUntilNs, checkFaults, parseFault } from "../../../src/run/plan/faults.ts";
import { drawFaults, readRandom } from "../../../src/run/plan/random-faults.ts";
import { problemsOf, resolveGiven } from "./support.ts";

const KINDS = ["cut", "stall", "delay", "slow", "half-open", "drop-response", "pause", "crash"] as const;
const random = (text: string) => readRandom(parseFault(`random ${text}`));
const draw = (text: string, seed: number, measureNs = 60e9, taken: readonly FaultPlan[] = []) =>
  drawFaults(random(text), { measureNs, seed, number: 0, taken });

const schedule = fc.record({
  count: fc.integer({ min: 1, max: 25 }),
  kinds: fc.uniqueArray(fc.constantFrom<FaultKind>(...KINDS, "kill", "restart", "freeze", "move-leader"), {
    minLength: 1,
  }),
  least: fc.integer({ min: 1, max: 400 }),
  more: fc.integer({ min: 0, max: 600 }),
  gapMs: fc.integer({ min: 0, max: 1000 }),
  measureS: fc.integer({ min: 5, max: 300 }),
  seed: fc.nat(),
});

describe("a random schedule", () => {
  it("fits for every seed or for none, lies in the phase, and its faults never overlap", () => {
    let drawn = 0;
    fc.assert(
      fc.property(schedule, ({ count, kinds, least, more, gapMs, measureS, seed }) => {
        const text = `count=${count} kinds=${kinds} for=${least}ms..${least + more}ms gap=${gapMs}ms`;
        const attempt = (s: number): readonly FaultPlan[] | undefined => {
          try {
            return draw(text, s, measureS * 1e9);
          } catch {
            return undefined;
          }
        };
        const faults = attempt(seed);
        expect(attempt(seed + 1) === undefined).toBe(faults === undefined);
        if (faults === undefined) return;
        drawn++;
        expect(faults).toHaveLength(count);
        expect(checkFaults(faults, measureS * 1e9)).toEqual([]);
        faults.forEach((fault, i) => {
          const next = faults[i + 1];
          if (next) expect(next.atNs).toBeGreaterThanOrEqual(busyUntilNs(fault) + gapMs * 1e6);
          if (["kill", "cut", "stall", "pause"].includes(fault.kind)) {
            expect(fault.forNs).toBeGreaterThanOrEqual(least * 1e6);
            expect(fault.forNs).toBeLessThanOrEqual((least + more) * 1e6);
          }
        });
        // As many of each kind, but for one.
        const counts = kinds.map((kind) => faults.filter((f) => f.kind === kind).length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
    expect(drawn).toBeGreaterThan(20);
  });

  it("is the same with the same seed, and another with another", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const text = "count=8 kinds=cut,delay,slow,crash";
        expect(draw(text, seed)).toEqual(draw(text, seed));
        expect(draw(text, seed)).not.toEqual(draw(text, seed + 1));
        expect(draw(`${text} seed=7`, seed)).toEqual(draw(text, 7));
      }),
    );
  });

  it("uses all of the phase", () => {
    const firsts = Array.from({ length: 200 }, (_, seed) => draw("count=1 kinds=cut", seed, 10e9)[0]!.atNs);
    expect(Math.min(...firsts)).toBeLessThan(1e9);
    expect(Math.max(...firsts)).toBeGreaterThan(8.5e9);
  });

  it("lies beside faults that have their times", () => {
    const taken: FaultPlan[] = [{ kind: "kill", atNs: 20e9, forNs: 5e9, side: "both", node: "1" }];
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const faults = draw("count=5 kinds=stall,cut", seed, 60e9, taken);
        expect(faults.every((f) => f.atNs >= 35e9)).toBe(true);
      }),
    );
  });

  it("gives nodes what they have in common, and sides by the draw", () => {
    const faults = draw("count=6 kinds=kill,pause,restart node=2", 1, 100e9);
    expect(faults.every((f) => "node" in f && f.node === "2")).toBe(true);
    expect(faults.filter(isNodeDown)).toHaveLength(4);
    expect(draw("count=3 kinds=kill", 1).every((f) => "node" in f && f.node === "leader")).toBe(true);
    const sides = new Set(draw("count=30 kinds=cut", 1).map((f) => f.side));
    expect(sides).toEqual(new Set(["producer", "consumer", "both"]));
    const one = new Set(draw("count=20 kinds=cut side=consumer", 1).map((f) => f.side));
    expect(one).toEqual(new Set(["consumer"]));
  });

  it.each([
    ["kinds=cut", "random needs count"],
    ["count=3", "random needs kinds"],
    ["count=0 kinds=cut", "count is zero"],
    ["count=3 kinds=cutt", 'did you mean "cut"?'],
    ["count=3 kinds=delete-queue", '"delete-queue" is not one of'],
    ["count=3 kinds=cut fro=1s", 'did you mean "for"?'],
    ["count=3 kinds=cut for=2s..1s", "is not a range of durations"],
    ["count=3 kinds=cut for=0ms", "is not a range of durations"],
    ["count=3 kinds=cut side=broker", 'side: "broker" is not one of'],
    ["count=3 kinds=freeze side=both", "its side is producer or consumer"],
    ["count=3 kinds=kill node=9", 'node: "9" is not one of'],
    ["count=100 kinds=cut", "100 faults need up to"],
    ["count=6 kinds=kill", "there are 60.0s"],
  ])("%s is refused", (text, why) => {
    expect(() => draw(text, 1)).toThrow(why);
  });
});

describe("a plan with a random schedule", () => {
  const FILE =
    "targets: [kafka]\nseed: 5\nphases: {measure: 30s}\nfaults:\n  - random: {count: 4, kinds: [cut, stall]}\n";
  const given = { files: { "p.yaml": FILE }, can: { protocol: "kafka" } } as const;

  it("has plain faults, another schedule for each repeat, and the same when it is resolved again", async () => {
    const { runs } = await resolveGiven({ ...given, flags: { repeat: 2 } });
    const [first, second] = runs.map((r) => r.plan.faults);
    expect(first!.map((f) => f.kind).sort()).toEqual(["cut", "cut", "stall", "stall"]);
    expect(second).not.toEqual(first);
    expect((await resolveGiven({ ...given, flags: { repeat: 2 } })).runs.map((r) => r.plan.faults)).toEqual([
      first,
      second,
    ]);
    expect(second).toEqual((await resolveGiven({ ...given, flags: { seed: "6" } })).runs[0]!.plan.faults);
  });

  it("may have it by a flag, beside a fault with its time", async () => {
    const { runs } = await resolveGiven({
      ...given,
      flags: { fault: ["random count=2 kinds=delay", "cut at=15s for=1s"] },
    });
    expect(runs[0]!.plan.faults).toHaveLength(7);
  });

  it.each([
    ["random: {count: 4}", '"kinds" is missing'],
    ["random: {count: 4, kinds: [cut], at: 3s}", 'unknown key "at"'],
    ["random: {count: 400, kinds: [cut]}", "400 faults need up to"],
    ["random: {count: 4, kinds: [cutt]}", 'did you mean "cut"?'],
    ["kind: cut, random: {count: 4, kinds: [cut]}", "random stands alone, and there is kind beside it"],
    ["at: 3s", "no kind is given"],
  ])("{%s} is refused, with its place", async (fault, why) => {
    const file = FILE.replace(/- .*/, `- {${fault}}`);
    const problems = await problemsOf({ ...given, files: { "p.yaml": file } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain("p.yaml:5:");
    expect(problems[0]).toContain(why);
  });
});
