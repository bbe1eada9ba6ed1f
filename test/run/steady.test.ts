import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/plan.ts";
import type { Series } from "../../src/model/result.ts";
import { steadyOf } from "../../src/run/steady.ts";
import { SAMPLE_PLAN } from "../fixtures/run.ts";

/** A little unrest that is the same each time. */
const noise = (i: number): number => 1 + 0.02 * Math.sin(i * 12.9898);

function series(length: number, rate: (i: number) => number, p50 = (i: number) => 2e6 * noise(i)): Series {
  const of = <T>(value: (i: number) => T): T[] => Array.from({ length }, (_, i) => value(i));
  const counts = of((i) => Math.round(rate(i) * noise(i + 7)));
  return {
    intervalS: 1,
    t: of((i) => i + 5),
    sent: counts,
    published: counts,
    consumed: counts,
    e2eP50: of(p50),
    e2eP99: of(p50),
    e2eMax: of(p50),
    backlog: of(() => 0),
  };
}

const codes = (s: Series, plan: Plan = SAMPLE_PLAN) => steadyOf(plan, s).findings.map((f) => f.code);

describe("steadyOf", () => {
  it("is satisfied with a series that stays where it is", () => {
    const s = series(60, () => 5000);
    expect(steadyOf(SAMPLE_PLAN, s).steady.verdict).toBe("yes");
    expect(codes(s)).toEqual([]);
  });

  it("finds that a latency grew all the time, says which and by how much, and warns", () => {
    const { steady, findings } = steadyOf(
      SAMPLE_PLAN,
      series(
        60,
        () => 5000,
        (i) => (1 + i / 60) * 2e6 * noise(i),
      ),
    );
    expect(steady.verdict).toBe("no");
    expect(steady.why).toMatch(/^e2e response p50 kept growing by \d+%$/);
    expect(findings).toMatchObject([{ code: "NEVER_STEADY", severity: "warn", count: 1 }]);
  });

  it("finds a rate that jumped, and when", () => {
    const { steady } = steadyOf(
      SAMPLE_PLAN,
      series(60, (i) => (i < 30 ? 5000 : 3500)),
    );
    expect(steady.verdict).toBe("no");
    expect(steady.why).toContain("the publish rate jumped");
    expect(steady.why).toMatch(/at 3\d s/);
  });

  it("says where a warm-up was too short", () => {
    const { steady, findings } = steadyOf(
      SAMPLE_PLAN,
      series(
        60,
        () => 5000,
        (i) => (2e6 + 10e6 * Math.exp(-i / 3)) * noise(i),
      ),
    );
    expect(steady.verdict).toBe("cut");
    expect(steady.cutS).toBeGreaterThan(0);
    expect(findings).toEqual([]);
  });

  it.each([
    ["too few seconds", SAMPLE_PLAN, 19, /19 seconds are too few/],
    [
      "a ramp",
      {
        ...SAMPLE_PLAN,
        load: { loop: "open", maxBacklogNs: 1e9, schedule: { kind: "ramp", fromPerS: 1, toPerS: 9 } },
      } as Plan,
      60,
      /a ramp changes by design/,
    ],
  ])("does not judge %s, and does not warn", (_, plan, length, why) => {
    const growing = series(length, (i) => 100 + 100 * i);
    expect(steadyOf(plan, growing).steady).toMatchObject({ verdict: "unjudged" });
    expect(steadyOf(plan, growing).steady.why).toMatch(why);
    expect(codes(growing, plan)).toEqual([]);
  });
});
