import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withAssumptions } from "../../src/advisor/base.ts";
import { boxesOf, chartVerdict, createChart } from "../../src/advisor/chart.ts";
import { decide, EITHER, verdictKey } from "../../src/advisor/decide.ts";
import { adviceOn, base, fewAnswers, scenarios } from "./support.ts";

describe("the chart", () => {
  const chart = createChart(base);

  it("has at most 15 decisions and decides 80 % of the scenarios, always as the points do", () => {
    expect(boxesOf(chart).length).toBeLessThanOrEqual(15);
    const flows = scenarios.flatMap((s) => adviceOn(s).flows);
    const said = flows.map(
      (f) => [chartVerdict(chart, withAssumptions(base, f.answers)), verdictKey(f.decision)] as const,
    );
    const decided = said.filter(([verdict]) => verdict !== undefined);
    expect(decided.length / flows.length).toBeGreaterThanOrEqual(0.8);
    // No chart can decide what is even: of the flows with an answer of their own it decides more.
    const uneven = said.filter(([, want]) => want !== EITHER);
    expect(decided.length / uneven.length).toBeGreaterThanOrEqual(0.85);
    for (const [verdict, want] of decided) expect(verdict).toBe(want);
  });

  it("agrees with the points on almost any answers, not only on those of the scenarios", () => {
    const seen = { decided: 0, wrong: 0 };
    fc.assert(
      fc.property(fewAnswers, (known) => {
        const answers = withAssumptions(base, known);
        const verdict = chartVerdict(chart, answers);
        if (verdict === undefined) return;
        seen.decided++;
        if (verdict !== verdictKey(decide(base, answers))) seen.wrong++;
      }),
      { numRuns: 1000, seed: 1 },
    );
    expect(seen.decided).toBeGreaterThan(200);
    expect(seen.wrong / seen.decided).toBeLessThan(0.01);
  });

  it("without its exceptions it would be wrong", () => {
    const careless = chart.map((d) => ({ ...d, unless: [] }));
    const flows = scenarios.flatMap((s) => adviceOn(s).flows);
    const wrong = flows.filter((f) => {
      const verdict = chartVerdict(careless, withAssumptions(base, f.answers));
      return verdict !== undefined && verdict !== verdictKey(f.decision);
    });
    expect(wrong.length).toBeGreaterThan(0);
  });
});
