import { describe, expect, it } from "vitest";
import { readClaims, readKnowledge } from "../../src/advisor/input/read-knowledge.ts";
import type { Rule } from "../../src/advisor/knowledge.ts";
import { firstComplaint } from "./killing.ts";
import { mutantsOf } from "./mutants.ts";
import { scenarios } from "./support.ts";

const knowledge = readKnowledge();
const bench = { knowledge, claims: readClaims(), scenarios, samples: [] };

/** A slice of `npm run mutate-rules`, which breaks the rules in every other way too. */
describe("a broken rule", () => {
  it("is what is wrong: as they are, nothing complains about the rules", () => {
    expect(firstComplaint(bench, knowledge.rules)).toBeUndefined();
  });

  it.each(["left out", "holds where it should not"])("is noticed where it is %s", (how) => {
    const mutants = mutantsOf(knowledge).filter((m) => m.how === how);
    expect(mutants).toHaveLength(knowledge.rules.length);
    const unnoticed = mutants.filter((m) => firstComplaint(bench, m.rules) === undefined);
    expect(unnoticed.map((m) => m.rule)).toEqual([]);
  });

  it("would go unnoticed if it had no part in anything", () => {
    const idle = { ...knowledge.rules.find((r) => r.id === "busy")!, id: "idle", score: { "kafka:log": 0 } };
    expect(firstComplaint(bench, [...knowledge.rules, idle as Rule])).toBeUndefined();
  });
});
