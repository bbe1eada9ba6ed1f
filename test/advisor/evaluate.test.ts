import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assess } from "../../src/advisor/assess.ts";
import { createBase, withAssumptions } from "../../src/advisor/base.ts";
import { scoreBounds } from "../../src/advisor/bounds.ts";
import { clashOf } from "../../src/advisor/clash.ts";
import { type Answers, truth } from "../../src/advisor/condition.ts";
import { confidenceOf } from "../../src/advisor/confidence.ts";
import { CONFLICT, decide, EITHER, verdictKey } from "../../src/advisor/decide.ts";
import { flipsOf, nextQuestions } from "../../src/advisor/flips.ts";
import { readKnowledge } from "../../src/advisor/input/read-knowledge.ts";
import { adviceOn, base, fewAnswers, sheets } from "./support.ts";

const A = new Map([["kind", "task"]]);

describe("three-valued logic", () => {
  const yes = { q: "kind", in: ["task"] };
  const no = { q: "kind", in: ["event"] };
  const open = { q: "rate", in: ["1k"] };

  it.each([
    ["an answer that is in it", yes, true],
    ["an answer that is not", no, false],
    ["no answer", open, undefined],
    ["not open", { not: open }, undefined],
    ["false and open", { all: [open, no] }, false],
    ["true and open", { all: [yes, open] }, undefined],
    ["true or open", { any: [open, yes] }, true],
    ["false or open", { any: [no, open] }, undefined],
  ])("%s", (_, condition, want) => {
    expect(truth(condition, A)).toBe(want);
  });
});

const more = fc.tuple(fewAnswers, sheets).map(([few, rest]) => [few, new Map([...rest, ...few])] as const);

describe("what is known", () => {
  it("more of it never widens a mode's range of scores, and the score is in it", () => {
    fc.assert(
      fc.property(more, fc.constantFrom(...base.modes.map((m) => m.id)), ([few, all], mode) => {
        const [before, after] = [few, all].map((a) => scoreBounds(base, withAssumptions(base, a), mode)) as [
          { low: number; high: number },
          { low: number; high: number },
        ];
        // A version is assumed until it is known: what it then is may be outside.
        fc.pre(!["kafka-version", "rabbitmq-version", "edition"].some((q) => !few.has(q) && all.has(q)));
        expect(after.low).toBeGreaterThanOrEqual(before.low);
        expect(after.high).toBeLessThanOrEqual(before.high);
      }),
      { numRuns: 150 },
    );
  });

  it("with every question answered a range is one number, the score", () => {
    const full = new Map(base.questions.map((q) => [q.id, q.options.at(-1)!.id]));
    for (const { mode, score } of assess(base, full).modes)
      expect(scoreBounds(base, full, mode.id)).toEqual({ low: score, high: score });
  });

  it("more of it never takes back a veto", () => {
    fc.assert(
      fc.property(more, ([few, all]) => {
        const vetoes = (a: Answers) => assess(base, a).modes.map((m) => m.vetoes.map((v) => v.id));
        const after = vetoes(all);
        for (const [i, ids] of vetoes(few).entries()) expect(after[i]).toEqual(expect.arrayContaining(ids));
      }),
      { numRuns: 150 },
    );
  });

  it("its order does not matter, nor that of the rules", () => {
    const turned = createBase({ ...readKnowledge(), rules: [...readKnowledge().rules].reverse() });
    fc.assert(
      fc.property(fewAnswers, (answers) => {
        const backwards = new Map([...answers].reverse());
        const want = decide(base, answers);
        for (const got of [decide(base, backwards), decide(turned, answers)]) {
          expect(verdictKey(got)).toBe(verdictKey(want));
          expect(got.lead).toBe(want.lead);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("confidence", () => {
  it("settled means that every completion agrees", () => {
    let settled = 0;
    const check = (known: Answers, rest: Answers) => {
      const answers = withAssumptions(base, known);
      const decision = decide(base, answers);
      if (confidenceOf(base, answers, decision) !== "settled") return;
      settled++;
      expect(verdictKey(decide(base, new Map([...rest, ...answers])))).toBe(verdictKey(decision));
    };
    fc.assert(
      fc.property(more, ([few, rest]) => check(few, rest)),
      { numRuns: 200 },
    );
    // Nearly everything answered: this is where bounds, and not only gates, settle it.
    const nearly = fc.tuple(
      sheets,
      fc.subarray(
        base.questions.map((q) => q.id),
        { maxLength: 6 },
      ),
      sheets,
    );
    const full = (a: Answers) => new Map(base.questions.map((q) => [q.id, a.get(q.id) ?? q.options[0]!.id]));
    fc.assert(
      fc.property(nearly, ([a, left, rest]) => {
        const known = new Map([...full(a)].filter(([q]) => !left.includes(q)));
        check(known, full(rest));
      }),
      { numRuns: 200 },
    );
    expect(settled).toBeGreaterThan(50);
  });

  it.each([
    ["nothing", {}, "open"],
    ["a kind that lets both", { kind: "event" }, "open"],
    ["a call that waits", { kind: "sync" }, "settled"],
    ["a must-have", { kind: "task", priority: "must" }, "leaning"],
  ])("with %s it is what it should be", (_, flow, want) => {
    expect(adviceOn({ title: "t", flows: [flow as unknown as Record<string, string>] }).confidence).toBe(
      want,
    );
  });
});

describe("flips", () => {
  it("every one that is listed changes the verdict, and none is left out", () => {
    fc.assert(
      fc.property(fewAnswers, (known) => {
        const answers = withAssumptions(base, known);
        const decision = decide(base, answers);
        const flips = flipsOf(base, answers, decision);
        const listed = new Set(flips.map((f) => `${f.question}=${f.to}`));
        for (const q of base.questions)
          for (const { id } of q.options) {
            const changed = verdictKey(decide(base, new Map(answers).set(q.id, id))) !== verdictKey(decision);
            expect(changed).toBe(listed.has(`${q.id}=${id}`));
          }
      }),
      { numRuns: 30 },
    );
  });

  it("the closest comes first: fewer steps, then fewer points", () => {
    // Three points for Kafka: the mildest answers that take two of them away come before those that take more.
    const [flow] = adviceOn({ title: "t", flows: [{ kind: "event", readers: "many" }] }).flows;
    const order = flow!.flips.map((f) => `${f.question}=${f.to}`);
    expect(order.indexOf("readers=few")).toBeLessThan(order.indexOf("readers=one"));
    expect(order.indexOf("os=windows")).toBeGreaterThan(order.indexOf("ops=small"));
    expect(flow!.flips[0]!.decision.verdict).toBe(EITHER);
  });

  it("the next question is one that can change the verdict, and never one that cannot", () => {
    fc.assert(
      fc.property(fewAnswers, (known) => {
        const answers = withAssumptions(base, known);
        const decision = decide(base, answers);
        const next = nextQuestions(base, answers, decision);
        const able = next.map((n) => n.flips.length > 0);
        expect(able).toEqual([...able].sort((a, b) => Number(b) - Number(a)));
        expect(next.every((n) => !answers.has(n.question))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe("must-haves that contradict each other", () => {
  it("are reduced to the fewest, with a way out", () => {
    const flow = {
      kind: "task",
      priority: "must",
      replay: "must",
      rate: "10k",
      protocol: "amqp",
      ack: "each",
    };
    const advice = adviceOn({ title: "t", flows: [flow] });
    expect(advice.verdict).toBe(CONFLICT);
    const { clash } = advice.flows[0]!;
    expect(clash!.answers).toEqual([
      { question: "replay", option: "must" },
      { question: "priority", option: "must" },
    ]);
    expect(clash!.parts.map((p) => p.decision.verdict)).toEqual(["rabbitmq", "rabbitmq"]);
    expect(clash!.products).toEqual(["rabbitmq"]);
  });

  it("no smaller set clashes, and giving up any of it ends the clash", () => {
    fc.assert(
      fc.property(sheets, (answers) => {
        const known = withAssumptions(base, answers);
        fc.pre(assess(base, known).modes.every((m) => m.vetoes.length > 0));
        const clash = clashOf(base, known);
        for (const { question } of clash.answers) {
          const rest = new Map(
            clash.answers.filter((a) => a.question !== question).map((a) => [a.question, a.option]),
          );
          expect(assess(base, withAssumptions(base, rest)).modes.some((m) => m.vetoes.length === 0)).toBe(
            true,
          );
        }
        const whole = new Map(clash.answers.map((a) => [a.question, a.option]));
        expect(assess(base, withAssumptions(base, whole)).modes.every((m) => m.vetoes.length > 0)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("several flows", () => {
  const events = { kind: "event", replay: "must", changelog: "yes" };
  const jobs = { kind: "task", priority: "must", ack: "each" };

  it("that no one product can serve are both's", () => {
    const { consolidation } = adviceOn({ title: "t", global: { ops: "small" }, flows: [events, jobs] });
    expect(consolidation.verdict).toBe("both");
    expect(consolidation.regrets.map((r) => r.points)).toEqual([Infinity, Infinity]);
  });

  it("share one product where that loses less than a second one costs", () => {
    const near = { kind: "event", replay: "must", order: "key" };
    const of = (ops: string) => adviceOn({ title: "t", global: { ops }, flows: [near, jobs] }).consolidation;
    expect([of("medium").verdict, of("medium").secondCost]).toEqual(["rabbitmq", 4]);
    expect([of("platform").verdict, of("platform").secondCost]).toEqual(["both", 2]);
  });

  it("that need no broker have no say", () => {
    expect(adviceOn({ title: "t", flows: [{ kind: "sync" }, jobs] }).verdict).toBe("rabbitmq");
    expect(adviceOn({ title: "t", flows: [{ kind: "sync" }, { kind: "push" }] }).verdict).toBe("neither");
  });
});
