import { describe, expect, it } from "vitest";
import { verdictKey } from "../../src/advisor/decide.ts";
import {
  adviceOn,
  base,
  flippedSheet,
  flipsIn,
  rulesIn,
  scenarios,
  sheetOf,
  verdictBy,
  verdictOf,
} from "./support.ts";

describe("scenarios", () => {
  it.each(scenarios)("$id $title", (scenario) => {
    const advice = adviceOn(scenario);
    expect(scenario.expect).toContain(verdictOf(advice));
    if (scenario.each) expect(advice.flows.map((f) => verdictKey(f.decision))).toEqual(scenario.each);
    if (scenario.mode) expect(advice.flows[0]!.decision.best[0]!.mode.id).toBe(scenario.mode);
    const named = rulesIn(advice).map((rule) => rule.id);
    expect(scenario.mentions.filter((id) => !named.includes(id))).toEqual([]);
    expect(scenario.silent?.filter((id) => named.includes(id)) ?? []).toEqual([]);
  });

  it("nine of ten get the first choice", () => {
    const first = scenarios.filter((s) => verdictOf(adviceOn(s)) === s.expect[0]);
    expect(first.length / scenarios.length).toBeGreaterThanOrEqual(0.9);
  });

  it.each(scenarios.filter((s) => s.flip !== undefined))(
    "$id: one other answer changes the verdict as stated",
    (scenario) => {
      for (const flip of flipsIn(scenario)) {
        expect(verdictBy(base, flippedSheet(scenario, flip))).toBe(flip.to);
        expect(flip.to).not.toBe(verdictBy(base, sheetOf(scenario)));
      }
    },
  );

  it("each states what would change it, unless it has several flows", () => {
    expect(scenarios.filter((s) => s.flows.length === 1 && s.flip === undefined)).toEqual([]);
  });
});
