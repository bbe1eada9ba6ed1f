import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advise } from "../../src/advisor/advice.ts";
import { withAssumptions, withNeutralRest } from "../../src/advisor/base.ts";
import { NEUTRAL } from "../../src/advisor/condition.ts";
import { openQuestions } from "../../src/advisor/confidence.ts";
import { decide, verdictKey } from "../../src/advisor/decide.ts";
import { optionNamed } from "../../src/advisor/named.ts";
import { base, fewAnswers, scenarios, sheetOf, sheets, verdictOf } from "./support.ts";

describe("what does not matter", () => {
  it("is what an open question counts as: saying so never changes a verdict", () => {
    fc.assert(
      fc.property(fc.oneof(fewAnswers, sheets), fc.boolean(), (answers, isAll) => {
        const some = base.questions.filter((q, i) => q.group !== "shape" && (isAll || i % 2 === 0));
        const said = new Map([
          ...some.filter((q) => q.assume === undefined).map((q) => [q.id, NEUTRAL] as const),
          ...answers,
        ]);
        const of = (a: typeof answers) => verdictKey(decide(base, withAssumptions(base, a)));
        expect(of(said)).toBe(of(answers));
      }),
      { numRuns: 300 },
    );
  });

  it("leaves nothing open but what a message means", () => {
    const neutral = withNeutralRest(base);
    expect(openQuestions(neutral, withAssumptions(neutral, new Map()))).toEqual(["kind"]);
  });

  it("makes every scenario settled, with the same verdict; without it few of them are", () => {
    const settled = { before: 0, after: 0 };
    const single = scenarios.filter((s) => s.flows.length === 1);
    for (const scenario of single) {
      const sheet = sheetOf(scenario);
      const [before, after] = [advise(base, sheet), advise(base, { ...sheet, isRestNeutral: true })];
      expect(verdictOf(after)).toBe(verdictOf(before));
      if (before.confidence === "settled") settled.before++;
      if (after.confidence === "settled") settled.after++;
    }
    expect(settled.after).toBe(single.length);
    expect(settled.before).toBeLessThan(single.length / 4);
  });

  it("is an answer to every question but the first", () => {
    for (const question of base.questions) {
      const named = optionNamed(question, "doesn't matter");
      if (question.group === "shape") expect(named).toHaveProperty("problem");
      else expect(named).toEqual({ option: NEUTRAL });
    }
  });
});
