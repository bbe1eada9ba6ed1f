import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { withAssumptions } from "../../src/advisor/base.ts";
import { problemsOfKnowledge } from "../../src/advisor/check.ts";
import { holds } from "../../src/advisor/condition.ts";
import {
  languages,
  readClaims,
  readContradictions,
  readKnowledge,
  readTexts,
} from "../../src/advisor/input/read-knowledge.ts";
import { schemaProblems } from "../../src/advisor/input/read-yaml.ts";
import type { Rule, ScoreRule } from "../../src/advisor/knowledge.ts";
import { answersOf } from "../../src/advisor/sheet.ts";
import { createWords, gapsOf, knowledgeTexts } from "../../src/advisor/words.ts";
import { runFlags } from "../../src/cli/run-flags.ts";
import { drivers } from "../../src/drivers/registry.ts";
import { PROBES } from "../../src/probes/registry.ts";
import { shippedProfiles } from "../../src/store/profiles.ts";
import { tableRows } from "../docs/markdown.ts";
import { adviceOn, base, rulesIn, scenarios, sheetOf, verdictOf } from "./support.ts";

const knowledge = readKnowledge();
const claims = readClaims();
const { rules } = knowledge;
const TODAY = new Date().toISOString().slice(0, 10);

/** The knowledge with one rule changed: what the checks must find. */
function withRule(id: string, change: object): ReturnType<typeof problemsOfKnowledge> {
  const broken = rules.map((rule) => (rule.id === id ? ({ ...rule, ...change } as Rule) : rule));
  return problemsOfKnowledge({ ...knowledge, rules: broken }, claims, TODAY);
}

describe("the rules", () => {
  it("name only what there is, and never give points for what they rule out", () => {
    expect(problemsOfKnowledge(knowledge, claims, TODAY)).toEqual([]);
  });

  it.each<[string, string, object, RegExp]>([
    ["an unknown question", "quiet", { when: { q: "rat", in: ["1k"] } }, /no question rat/],
    ["an unknown option", "quiet", { when: { q: "rate", in: ["2k"] } }, /rate has no option 2k/],
    [
      "a condition that always holds",
      "quiet",
      { when: { q: "elastic", in: ["yes", "no"] } },
      /every elastic/,
    ],
    [
      "a score that knowledge could take back",
      "quiet",
      { when: { not: { q: "rate", in: ["1m"] } } },
      /may not depend on "not rate"/,
    ],
    ["an unknown mode", "quiet", { score: { "kafka:queue": 1 } }, /no mode kafka:queue/],
    ["an unknown outcome", "result-now", { outcome: "none.fax" }, /no outcome none\.fax/],
    ["an unknown source", "quiet", { sources: ["hearsay"] }, /no source hearsay/],
    ["an unknown claim", "quiet", { claims: ["009-001"] }, /no claim 009-001/],
    ["an unknown proof", "quiet", { probe: "P99" }, /no proof P99/],
    ["no origin", "quiet", { sources: [], claims: [] }, /neither a source nor a claim/],
    [
      "a version that nobody is asked for",
      "strict-priorities",
      { guard: { rabbitmq: ">=4.1" } },
      />=4\.1 is not/,
    ],
    [
      "points for what is ruled out",
      "replay-from-anywhere",
      { score: { "rabbitmq:quorum": 1 } },
      /gives rabbitmq:quorum points/,
    ],
    ["a day that there is not", "quiet", { reviewed: "2026-02-30" }, /no day 2026-02-30/],
    ["a day that is no day", "quiet", { reviewed: "soon" }, /no day soon/],
    ["a review to come", "quiet", { reviewed: "2999-01-01" }, /reviewed on 2999-01-01, after/],
    ["an id used twice", "quiet", { id: "busy" }, /busy: the id is used twice/],
  ])("a rule with %s is found", (_, id, change, message) => {
    expect(withRule(id, change).join("\n")).toMatch(message);
  });

  it.each<[string, object, RegExp]>([
    ["a gate without a rank", { kind: "gate", outcome: "none.sync" }, /rank/],
    [
      "points on a note",
      { kind: "note", about: "pitfall", score: { "kafka:log": 1 } },
      /boolean schema is false|false schema/,
    ],
    ["code in a condition", { when: { q: "kind", in: ["task"], js: "1" } }, /oneOf|additional/],
    ["no day of review", { reviewed: undefined }, /reviewed/],
    ["a sentence that is an essay", { because: "x".repeat(400) }, /because.*400|must NOT have more/],
  ])("the schema refuses %s", (_, change, message) => {
    const rule = { ...rules.find((r) => r.id === "quiet")!, corrects: [], ...change };
    const plain: unknown = JSON.parse(JSON.stringify([rule]));
    expect(schemaProblems(plain, "rules").join("\n")).toMatch(message);
  });

  it("every claim that a rule should answer is named by one", () => {
    expect(claims).toHaveLength(329);
    const named = new Set(rules.flatMap((r) => r.claims));
    const owed = claims.filter((c) => c.check === "rule");
    expect(owed.length).toBe(75);
    expect(owed.filter((c) => !named.has(c.id)).map((c) => c.id)).toEqual([]);
  });

  it("every correction and every contradiction is settled by one", () => {
    const settled = new Set(rules.flatMap((r) => r.corrects));
    const known = [
      ...Array.from({ length: 27 }, (_, i) => `O${i + 1}`),
      ...Array.from({ length: 8 }, (_, i) => `T${i + 1}`),
    ];
    // There is no tenth correction.
    expect(known.filter((id) => id !== "O10" && !settled.has(id))).toEqual([]);
    const claimed = new Set(claims.flatMap((c) => c.corrects));
    expect([...claimed].filter((id) => !settled.has(id))).toEqual([]);
  });

  it("every one of them applies in a scenario", () => {
    const idle = base.rules.filter(
      (rule) =>
        !scenarios.some((s) => {
          const sheet = sheetOf(s);
          return sheet.flows.some((flow) => holds(rule.when, withAssumptions(base, answersOf(sheet, flow))));
        }),
    );
    expect(idle.map((r) => r.id)).toEqual([]);
  });

  it("every note is said in a scenario", () => {
    const said = new Set(scenarios.flatMap((s) => rulesIn(adviceOn(s)).map((r) => r.id)));
    expect(base.notes.filter((n) => !said.has(n.id)).map((n) => n.id)).toEqual([]);
  });

  it("every mode and every outcome wins a scenario", () => {
    const winners = new Set(
      scenarios.flatMap((s) => {
        const advice = adviceOn(s);
        return [
          verdictOf(advice),
          ...advice.flows.flatMap((f) => f.decision.best.slice(0, 1).map((m) => m.mode.id)),
        ];
      }),
    );
    const candidates = [...knowledge.modes, ...knowledge.outcomes].map((c) => c.id);
    expect(candidates.filter((id) => !winners.has(id))).toEqual([]);
  });

  it("points are between 1 and 5, and a reason says whose view it is", () => {
    const scores = rules.filter((r): r is ScoreRule => r.kind === "score");
    expect(scores.length).toBeGreaterThan(40);
    const bySource = new Map(knowledge.sources.map((s) => [s.id, s.by]));
    // What only one side's pages say is that side's view.
    const vendorOnly = scores.filter(
      (r) =>
        r.sources.length > 0 &&
        r.sources.every((id) => bySource.get(id) === "confluent") &&
        r.stance === "neutral",
    );
    expect(vendorOnly).toEqual([]);
  });
});

describe("what the advisor suggests to run", () => {
  const commands = knowledge.proofs.flatMap((p) => (p.command === undefined ? [] : [p.command]));

  it("are commands, profiles, flags and modes that there are", () => {
    expect(commands.length).toBeGreaterThan(9);
    for (const command of commands) {
      const [, verb, subject = ""] = command.split(" ");
      const subjects = verb === "probe" ? PROBES.map((p) => p.name) : shippedProfiles();
      expect(subjects).toContain(subject);
      for (const [, flag] of command.matchAll(/--([a-z-]+)/g)) expect(Object.keys(runFlags)).toContain(flag);
    }
    const runnable = drivers().map((d) => `${d.system}:${d.mode}`);
    for (const proof of knowledge.proofs)
      for (const mode of proof.modes ?? []) expect(runnable).toContain(mode);
  });

  it("every proof is one that a rule names", () => {
    const named = new Set(rules.map((r) => r.probe));
    expect(knowledge.proofs.filter((p) => !named.has(p.id)).map((p) => p.id)).toEqual([]);
  });
});

describe("texts", () => {
  const own = readTexts();
  const english = { ...own, ...knowledgeTexts(knowledge) };

  it("every translation has every key, in whatever file", () => {
    expect(languages()).toEqual(["en", "vi"]);
    for (const language of languages().slice(1)) expect(gapsOf(english, readTexts(language))).toEqual([]);
  });

  it("a translation fills in what English fills in", () => {
    const filled = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const language of languages().slice(1)) {
      const translation = readTexts(language);
      const unlike = Object.keys(english).filter(
        (key) => filled(english[key]!).join() !== filled(translation[key]!).join(),
      );
      expect(unlike).toEqual([]);
    }
  });

  it("a missing key and one too many would be noticed", () => {
    const { "section.why": _, ...rest } = english;
    expect(gapsOf(english, { ...rest, "section.wy": "Why" })).toEqual(["section.why", "section.wy"]);
  });

  it("a translation is what is said, and English where it is silent", () => {
    const words = createWords(knowledge, own, { "section.why": "Vì sao", "rule.quiet": "Ít tin nhắn." });
    expect(words.say("section.why")).toBe("Vì sao");
    expect(words.because(rules.find((r) => r.id === "quiet")!)).toBe("Ít tin nhắn.");
    expect(words.because(rules.find((r) => r.id === "busy")!)).toMatch(/^Tens of thousands/);
    expect(words.say("one.cost", { points: 4 })).toBe("a second product costs 4 points here");
    expect(() => words.say("section.wy")).toThrow(/section\.wy/);
  });

  it("every key that the code says is there, and none is there in vain", () => {
    const source = ["../../src/cli/advise/", "../../src/advisor/"]
      .map((path) => new URL(path, import.meta.url))
      .flatMap((folder) =>
        readdirSync(folder, { recursive: true, encoding: "utf8" })
          .filter((f) => /\.tsx?$/.test(f))
          .map((f) => readFileSync(new URL(f, folder), "utf8")),
      )
      .join("\n");
    const literal = [...source.matchAll(/"([a-z]+\.[a-zA-Z.]+)"/g)].map((m) => m[1]!);
    // A rate is a metric's name.
    const families = [...source.matchAll(/`((?!rate\.)(?:[a-z]+\.)+)\$\{/g)].map((m) => m[1]!);
    expect(families).toEqual(expect.arrayContaining(["verdict.", "confidence.", "view."]));
    const unused = Object.keys(own).filter(
      (key) =>
        !literal.includes(key) &&
        !families.some((f) => key.startsWith(f)) &&
        !source.includes(`say("${key}"`),
    );
    expect(unused).toEqual([]);
    const vain = families.filter((family) => !Object.keys(english).some((key) => key.startsWith(family)));
    expect(vain).toEqual([]);
    const said = [...source.matchAll(/\bsay\(\s*"([^"]+)"/g), ...source.matchAll(/\brow\("([^"]+)"/g)].map(
      (m) => m[1]!,
    );
    expect(said.length).toBeGreaterThan(40);
    expect(said.filter((key) => !(key in own))).toEqual([]);
  });
});

describe("docs/sources.md", () => {
  it("has every source, in the same words", () => {
    const rows = tableRows(readFileSync(new URL("../../docs/sources.md", import.meta.url), "utf8"));
    for (const { id, title, where } of knowledge.sources)
      expect(rows.get(id)?.slice(2)).toEqual([title, where]);
    expect([...rows.keys()].filter((id) => !["id", "---"].includes(id))).toEqual(
      knowledge.sources.map((s) => s.id),
    );
  });

  it("has no source that no rule names", () => {
    const named = new Set([...rules, ...knowledge.settings].flatMap((r) => r.sources));
    expect(knowledge.sources.filter((s) => !named.has(s.id)).map((s) => s.id)).toEqual([]);
  });
});

it("contradictions name questions and options that there are", () => {
  for (const { when, because } of readContradictions()) {
    const rule = { ...rules[0]!, id: "contradiction", kind: "note", about: "context", when, because } as Rule;
    expect(problemsOfKnowledge({ ...knowledge, rules: [rule] }, claims)).toEqual([]);
  }
});
