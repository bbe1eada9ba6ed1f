import { describe, expect, it } from "vitest";
import { createBase } from "../../src/advisor/base.ts";
import { verdictKey } from "../../src/advisor/decide.ts";
import { readKnowledge } from "../../src/advisor/input/read-knowledge.ts";
import type { Rule } from "../../src/advisor/knowledge.ts";
import type { Sheet } from "../../src/advisor/sheet.ts";
import {
  adviceOn,
  base,
  rulesIn,
  type Scenario,
  scenarios,
  sheetOf,
  verdictBy,
  verdictOf,
} from "./support.ts";

const knowledge = readKnowledge();

/** Rules that could be left out, and every scenario and its flip would have the same verdict. */
function survivorsOf(rules: readonly Rule[]): readonly string[] {
  const survivors = rules.filter((rule) => {
    const without = createBase({ ...knowledge, rules: knowledge.rules.filter((r) => r.id !== rule.id) });
    return scenarios.every(
      (s) =>
        s.expect.includes(verdictBy(without, sheetOf(s))) &&
        (s.flip === undefined || verdictBy(without, flipped(s)) === s.flip.to),
    );
  });
  return survivors.map((rule) => rule.id);
}

/** The sheet of a scenario with the one answer changed that it names. */
function flipped(scenario: Scenario): Sheet {
  const { to: _, ...answer } = scenario.flip!;
  const [question = ""] = Object.keys(answer);
  const isGlobal = base.question.get(question)!.scope === "global";
  return sheetOf({
    ...scenario,
    global: { ...scenario.global, ...(isGlobal ? answer : {}) },
    flows: [{ ...scenario.flows[0], ...(isGlobal ? {} : answer) }],
  });
}

describe("scenarios", () => {
  it.each(scenarios)("$id $title", (scenario) => {
    const advice = adviceOn(scenario);
    expect(scenario.expect).toContain(verdictOf(advice));
    if (scenario.each) expect(advice.flows.map((f) => verdictKey(f.decision))).toEqual(scenario.each);
    if (scenario.mode) expect(advice.flows[0]!.decision.best[0]!.mode.id).toBe(scenario.mode);
    const named = rulesIn(advice).map((rule) => rule.id);
    expect(scenario.mentions.filter((id) => !named.includes(id))).toEqual([]);
  });

  it("nine of ten get the first choice", () => {
    const first = scenarios.filter((s) => verdictOf(adviceOn(s)) === s.expect[0]);
    expect(first.length / scenarios.length).toBeGreaterThanOrEqual(0.9);
  });

  it.each(scenarios.filter((s) => s.flip !== undefined))(
    "$id: one other answer changes the verdict as stated",
    (scenario) => {
      expect(verdictBy(base, flipped(scenario))).toBe(scenario.flip!.to);
      expect(scenario.flip!.to).not.toBe(verdictBy(base, sheetOf(scenario)));
    },
  );

  it("no rule could be left out: without it a scenario has another verdict, or lacks what it must mention", () => {
    const told = new Set(scenarios.flatMap((s) => s.mentions));
    expect(survivorsOf(base.rules.filter((rule) => !told.has(rule.id)))).toEqual([]);
    // A note changes no verdict: where no scenario must mention it, it is found.
    expect(survivorsOf(base.notes.slice(0, 1))).toEqual([base.notes[0]!.id]);
  });

  it("each states what would change it, unless it has several flows", () => {
    expect(scenarios.filter((s) => s.flows.length === 1 && s.flip === undefined)).toEqual([]);
  });
});
