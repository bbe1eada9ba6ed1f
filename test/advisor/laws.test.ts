import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBase } from "../../src/advisor/base.ts";
import { readKnowledge } from "../../src/advisor/input/read-knowledge.ts";
import type { Rule } from "../../src/advisor/knowledge.ts";
import { stepsBack, TO_LOGS, TO_PRODUCTS, TO_QUEUES } from "./laws.ts";
import { base, fewAnswers, sheets } from "./support.ts";

describe("an answer that speaks for one side", () => {
  it("never takes from it: logs, queues, and each product", () => {
    fc.assert(
      fc.property(fc.oneof(fewAnswers, sheets), (answers) => {
        expect(stepsBack(base, answers)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("is noticed where it does", () => {
    const knowledge = readKnowledge();
    const turned = knowledge.rules.map((rule) =>
      rule.id === "order-by-key" && rule.kind === "score"
        ? ({ ...rule, score: { "kafka:log": -3 } } as Rule)
        : rule,
    );
    const steps = stepsBack(createBase({ ...knowledge, rules: turned }), new Map([["kind", "event"]]));
    expect(steps).toContain("order none → key: kafka:log loses ground to rabbitmq:quorum");
  });

  it("is one of questions and options that there are", () => {
    for (const [question, ...options] of [...TO_LOGS, ...TO_QUEUES, ...Object.values(TO_PRODUCTS).flat()])
      expect(base.question.get(question)?.options.map((o) => o.id)).toEqual(expect.arrayContaining(options));
  });
});
