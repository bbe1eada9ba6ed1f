import { describe, expect, it } from "vitest";
import { readClaims, readKnowledge } from "../../src/advisor/input/read-knowledge.ts";
import type { PriorityTrial, Routed } from "../../src/probes/hands.ts";
import { judgePriority, normalsAhead } from "../../src/probes/priority.ts";
import { expectedOf } from "../../src/probes/probe.ts";
import { PROBES } from "../../src/probes/registry.ts";
import { judgeReplay, type ReplayEvidence, readingOf } from "../../src/probes/replay.ts";
import { judgeRouting } from "../../src/probes/routing.ts";
import { ROUTING_TABLE } from "../../src/probes/routing-table.ts";
import { isOver, judgeScale, type ScaleEvidence } from "../../src/probes/scale.ts";

const some = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + i} content`);
const ALL = readingOf(some(0, 10));
const HALF = readingOf(some(5, 10));
const NONE = readingOf([]);

describe("replay", () => {
  const log: ReplayEvidence = {
    published: ALL,
    afterTime: HALF,
    read: ALL,
    again: ALL,
    fromTime: HALF,
    fromTail: NONE,
  };
  const queue: ReplayEvidence = { published: ALL, afterTime: HALF, read: ALL, again: NONE };
  const other = readingOf(some(0, 10).map((body, i) => (i === 7 ? `${body}!` : body)));

  it("is supported where all came again with the same content, whatever the order of partitions", () => {
    expect(judgeReplay(log).verdict).toBe("supported");
    expect(readingOf(some(0, 10).reverse())).toEqual(ALL);
  });

  it.each<[string, ReplayEvidence, string, RegExp]>([
    ["nothing came again", queue, "refuted", /gone: who attaches again gets 0 of 10/],
    ["a reader of a log reads nothing", { ...log, again: NONE }, "refuted", /0 of 10/],
    ["one is missing", { ...log, again: readingOf(some(0, 9)) }, "refuted", /from the start: 9 of 10/],
    ["one byte differs", { ...log, again: other }, "refuted", /10 of 10, other content/],
    ["the time is ignored", { ...log, fromTime: ALL }, "refuted", /from the time .*: 10 of 5/],
    ["the tail is not the end", { ...log, fromTail: HALF }, "refuted", /from the tail: 5 of 0/],
    ["the first reading failed", { ...log, read: HALF }, "not-testable", /only 5 of 10/],
    ["acknowledgements were lost", { ...queue, again: HALF }, "not-testable", /5 of 10 came again/],
  ])("is not supported where %s", (_, evidence, verdict, because) => {
    expect(judgeReplay(evidence)).toMatchObject({ verdict, because: expect.stringMatching(because) });
  });
});

describe("scale", () => {
  const evidence = (shares: readonly number[][], more: Partial<ScaleEvidence> = {}): ScaleEvidence => ({
    sharing: "somehow",
    stages: shares.map((each) => ({ shares: each, spanMs: 100, busyMs: 98 * each.length, pauseMs: 5 })),
    seen: 100,
    seenByMany: 0,
    ...more,
  });
  const fair = [[30], [30, 30], [30, 30, 30, 30], [30, 30, 30, 30, 30]];
  const oneIdle = [...fair.slice(0, 3), [38, 0, 38, 37, 37]];

  it.each<[string, ScaleEvidence, string, RegExp]>([
    ["nobody is idle", evidence(fair), "supported", /of 1 to 5 consumers none was idle/],
    [
      "only those beyond the partitions are",
      evidence(oneIdle, { partitions: 4 }),
      "depends",
      /of 5 consumers on 4 partitions 1 got nothing/,
    ],
    ["one is idle without a reason", evidence(oneIdle), "refuted", /of 5 consumers 1 got nothing/],
    [
      "one is idle though there are partitions enough",
      evidence([[30], [60, 0], ...fair.slice(2)], { partitions: 4 }),
      "refuted",
      /of 2 consumers 1 got nothing/,
    ],
    [
      "all get everything",
      evidence(fair, { seenByMany: 90 }),
      "refuted",
      /every consumer gets every message/,
    ],
    ["a few come twice at a hand-over", evidence(fair, { seenByMany: 4 }), "supported", /none was idle/],
  ])("where %s", (_, e, verdict, because) => {
    expect(judgeScale(e)).toMatchObject({ verdict, because: expect.stringMatching(because) });
  });

  it("gives speed-up, fairness and idle workers as facts with their values", () => {
    const { facts } = judgeScale(evidence(oneIdle, { partitions: 4, hoarded: { first: 200, left: 0 } }));
    expect(Object.fromEntries(facts.map((f) => [f.name, f.value]))).toEqual({
      sharing: undefined,
      idleOf2: 0,
      idleOf4: 0,
      idleOf5: 1,
      speedUp: 4.9,
      maxOverMean: 1.27,
      longestPauseMs: 5,
      workedOnTwice: 0,
      leftByUnlimited: 0,
    });
  });

  it.each<[readonly number[], number | undefined, boolean]>([
    [[30, 29], undefined, false],
    [[30, 30], undefined, true],
    [[60, 0], undefined, false],
    [[599, 0], undefined, false],
    [[600, 0], undefined, true],
    [[38, 38, 37, 37, 0], 4, true],
    [[75, 75, 0, 0, 0], 4, false],
  ])("a stage with the shares %j on %s partitions is over: %s", (shares, partitions, want) => {
    expect(isOver(shares, partitions)).toBe(want);
  });

  it("judges by counts alone: no time changes a verdict", () => {
    const slow = evidence(fair);
    const stages = slow.stages.map((s, i) => ({ ...s, spanMs: 10_000 * (i + 1), pauseMs: 9000 }));
    expect(judgeScale({ ...slow, stages }).verdict).toBe("supported");
  });
});

describe("routing", () => {
  const right = ROUTING_TABLE.map((expected) => ({
    expected,
    found: expected.messages.map((m): Routed => ({ to: [...m.to].sort(), returned: m.returned ?? false })),
  }));

  it("is supported where every message came out where the table says", () => {
    expect(judgeRouting({ cases: right })).toMatchObject({
      verdict: "supported",
      because: expect.stringMatching(/^all 25 messages/),
    });
  });

  it("finds one wrong expectation anywhere in the table, and names it", () => {
    for (const [i, { expected }] of right.entries())
      for (const m of expected.messages.keys()) {
        const messages = expected.messages.map((message, at) =>
          at === m ? { ...message, to: [...message.to, "elsewhere"], returned: false } : message,
        );
        const cases = right.map((one, at) =>
          at === i ? { ...one, expected: { ...expected, messages } } : one,
        );
        const { verdict, because, facts } = judgeRouting({ cases });
        expect(verdict).toBe("refuted");
        expect(because).toMatch(new RegExp(`^${expected.name.replace("*", "\\*")}: .*elsewhere`));
        expect(facts.filter((f) => f.asExpected === false)).toHaveLength(1);
      }
  });

  it.each<[string, Routed]>([
    ["twice in one queue", { to: ["all", "created", "created"], returned: false }],
    ["not at all", { to: [], returned: false }],
    ["back though it was routed", { to: ["all", "created"], returned: true }],
  ])("is refuted where a message is %s", (_, first) => {
    const cases = right.map((one, i) => (i === 0 ? { ...one, found: [first, ...one.found.slice(1)] } : one));
    expect(judgeRouting({ cases }).verdict).toBe("refuted");
  });

  it.each([
    ["refuted", { published: 300, received: 300, kept: 100, ownTopic: 100 }],
    ["supported", { published: 300, received: 100, kept: 100, ownTopic: 100 }],
    ["not-testable", { published: 300, received: 300, kept: 0, ownTopic: 0 }],
    ["not-testable", { published: 300, received: 300, kept: 90, ownTopic: 100 }],
  ] as const)("of one topic is %s with %o", (verdict, broadcast) => {
    expect(judgeRouting({ broadcast }).verdict).toBe(verdict);
  });

  it("says nothing where nothing was routed", () => {
    expect(judgeRouting({ cases: [] }).verdict).toBe("not-testable");
  });
});

describe("priority", () => {
  const trial = (order: string, more: Partial<PriorityTrial> = {}): PriorityTrial => ({
    name: "waiting",
    how: "somehow",
    order: [...order].map((c, i) => ({ isUrgent: c === "u", waitedMs: i })),
    ...more,
  });

  it.each([
    ["uuunnnnn", "supported", [0, 0, 0]],
    ["nnnnnuuu", "refuted", [5, 5, 5]],
    ["uunuunnnn", "depends", [0, 0, 1, 1]],
    ["nuuunnnn", "depends", [1, 1, 1]],
    ["nnnnn", "not-testable", []],
    ["", "not-testable", []],
  ] as const)("of the order %s is %s", (order, verdict, ahead) => {
    expect(judgePriority([trial(order)]).verdict).toBe(verdict);
    expect(normalsAhead(trial(order))).toEqual(ahead);
  });

  it("does not take the application's work for the broker's", () => {
    const emulation = trial("uuunnnnn", { isEmulation: true });
    expect(judgePriority([emulation, trial("nnnnnuuu")])).toMatchObject({
      verdict: "refuted",
      because: expect.stringMatching(/what overtakes here is the application/),
    });
    expect(judgePriority([emulation]).verdict).toBe("not-testable");
  });
});

describe("what is expected", () => {
  const { expects } = PROBES.find((p) => p.name === "priority")!;

  it.each([
    ["rabbitmq:quorum", "3.13.7", "refuted"],
    ["rabbitmq:quorum", "4.0.5", "depends"],
    ["rabbitmq:quorum", "4.2.11", "depends"],
    ["rabbitmq:quorum", "4.3.0", "supported"],
    ["rabbitmq:quorum", "4.10.0", "supported"],
    ["rabbitmq:classic", "3.10.8", "supported"],
    ["kafka:log", "4.3 (by its features)", "refuted"],
    ["rabbitmq:unheard-of", "4.3.0", "not-testable"],
  ])("of %s %s is that it is %s", (mode, version, want) => {
    expect(expectedOf(expects, mode, version)).toBe(want);
  });

  it.each(PROBES.map((p) => [p.name, p] as const))(
    "%s names claims, sources and an experiment that there are",
    (_, probe) => {
      const { sources, proofs } = readKnowledge();
      const claims = readClaims();
      expect(probe.expects.map((e) => e.source).filter((id) => !sources.some((s) => s.id === id))).toEqual(
        [],
      );
      expect(proofs.find((p) => p.id === probe.proof)?.command).toMatch(
        `mqbench probe ${probe.name} {modes}`,
      );
      const about = claims.filter((c) => probe.claims.includes(c.id));
      expect(about).toHaveLength(new Set(probe.claims).size);
      expect(about.filter((c) => !c.probes.includes(probe.proof))).toEqual([]);
    },
  );
});
