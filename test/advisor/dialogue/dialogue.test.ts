import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withAssumptions } from "../../../src/advisor/base.ts";
import { problemsOfKnowledge } from "../../../src/advisor/check.ts";
import { openQuestions } from "../../../src/advisor/confidence.ts";
import { decide, verdictKey } from "../../../src/advisor/decide.ts";
import { act, begin } from "../../../src/advisor/dialogue/act.ts";
import { answersSoFar, sheetSoFar, type Talk, type Topic } from "../../../src/advisor/dialogue/dialogue.ts";
import { leaningOf, unaskedOf } from "../../../src/advisor/dialogue/leaning.ts";
import { press } from "../../../src/advisor/dialogue/press.ts";
import { pushesOf } from "../../../src/advisor/dialogue/pushes.ts";
import { readContradictions, readKnowledge, readTexts } from "../../../src/advisor/input/read-knowledge.ts";
import { base, scenarios } from "../support.ts";
import { knownOf, play, topic } from "./play.ts";

const verdictOf = (talk: Talk, about: Topic = topic) => verdictKey(leaningOf(about, talk).decision);
const verdictBy = (answers: Iterable<readonly [string, string]>) =>
  verdictKey(decide(base, withAssumptions(base, new Map(answers))));
const keys = (talk: Talk, ...pressed: readonly string[]) =>
  pressed.reduce((now, key) => press(topic, now, key), talk);
const first = begin(topic, true);
const scenario = (id: string) => knownOf(scenarios.find((s) => s.id === id)!)[0]!;
const median = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

describe("the screens of a dialogue", () => {
  const played = scenarios.flatMap(knownOf).map((knows) => ({ knows, ...play(topic, knows) }));

  it("are at most 8 at the median over the scenarios, and for both quizzes", () => {
    expect(median(played.map((p) => p.screens.length))).toBeLessThanOrEqual(8);
    for (const quiz of ["S01", "S02"])
      expect(play(topic, scenario(quiz)).screens.length).toBeLessThanOrEqual(8);
  });

  it("would be more without leaving out what changes nothing", () => {
    const all = played.map((p) => p.screens.length + unaskedOf(topic, p.talk).idle);
    expect(median(all)).toBeGreaterThan(8);
  });

  it("lead to the verdict that the whole sheet has, nearly always", () => {
    const other = played.filter((p) => verdictOf(p.talk) !== verdictBy(Object.entries(p.knows)));
    expect(other.length).toBeLessThanOrEqual(played.length / 20);
    expect([
      verdictOf(play(topic, scenario("S01")).talk),
      verdictOf(play(topic, scenario("S02")).talk),
    ]).toEqual(["kafka", "rabbitmq"]);
  });

  it("lead elsewhere with another must-have", () => {
    const { priority: _, ...rest } = scenario("S02");
    expect(verdictOf(play(topic, { ...rest, replay: "must", keep: "days" }).talk)).not.toBe("rabbitmq");
  });

  it("end where the first answer decides", () => {
    const { screens, talk } = play(topic, { kind: "sync" });
    expect(screens).toEqual(["kind", "check"]);
    expect(unaskedOf(topic, talk)).toMatchObject({ able: 0, isSettled: true });
  });

  it("are four at most where somebody is in a hurry", () => {
    const quick = { ...topic, isQuick: true };
    const lengths = scenarios.flatMap(knownOf).map((knows) => play(quick, knows).screens.length);
    expect(Math.max(...lengths)).toBe(4);
  });

  it("leave out what was answered before", () => {
    const given = new Map([
      ["kind", "task"],
      ["priority", "must"],
    ]);
    const talk = begin({ ...topic, given }, true);
    expect(talk.screen).toMatchObject({ kind: "form", group: "must" });
    expect(talk.screen.kind === "form" && talk.screen.questions).not.toContain("priority");
  });

  it("show of a list only what can matter", () => {
    const forms = played.flatMap(({ talks }) =>
      talks.flatMap((talk) => (talk.screen.kind === "form" ? [{ talk, form: talk.screen }] : [])),
    );
    for (const { talk, form } of forms) {
      const open = openQuestions(base, answersSoFar(topic, talk));
      expect(form.questions.filter((q) => !open.includes(q))).toEqual([]);
    }
    const context = base.questions.filter((q) => q.group === "context").length;
    const shorter = forms.filter(({ form }) => form.group === "context" && form.questions.length < context);
    expect(shorter.length).toBeGreaterThan(10);
  });

  it("leave out no question that could change the verdict by itself", () => {
    for (const { talk } of played) {
      const known = answersSoFar(topic, talk);
      const { able } = unaskedOf(topic, talk);
      expect(able).toBe(0);
      for (const q of base.questions.filter(
        (x) => !known.has(x.id) && !talk.said.has(x.id) && x.group === "detail",
      ))
        for (const { id } of q.options) expect(verdictBy([...known, [q.id, id]])).toBe(verdictOf(talk));
    }
  });
});

describe("one step of a dialogue", () => {
  it("suggests nothing: enter without a choice is refused", () => {
    expect(first).toMatchObject({ row: -1, screen: { kind: "choice", question: "kind" } });
    expect(keys(first, "enter")).toMatchObject({ screen: first.screen, problem: { kind: "unchosen" } });
    expect(keys(first, "enter", "down").problem).toBeUndefined();
  });

  it("takes a number, or the line under the cursor", () => {
    expect(keys(first, "2").said.get("kind")).toBe("event");
    expect(keys(first, "down", "down", "enter").said.get("kind")).toBe("event");
    expect(keys(first, "up", "up", "enter").said.get("kind")).toBe("none");
  });

  it('takes "I do not know" as an answer, and does not ask again', () => {
    const talk = keys(first, "0");
    expect([...talk.said]).toEqual([["kind", undefined]]);
    expect(talk.screen).toMatchObject({ kind: "form" });
    expect(answersSoFar(topic, talk).has("kind")).toBe(false);
  });

  it("ticks a must-have: yes, less than yes, not known, nothing", () => {
    const must = keys(first, "2");
    const ticks = [1, 2, 3, 4].map((n) => keys(must, ...Array<string>(n).fill(" ")).said);
    expect(ticks.map((said) => (said.has("replay") ? (said.get("replay") ?? "?") : "-"))).toEqual([
      "must",
      "nice",
      "?",
      "-",
    ]);
    const left = keys(must, "enter");
    expect(answersSoFar(topic, left).get("replay")).toBe("no");
    // What no tick means is not always known.
    expect(answersSoFar(topic, left).has("keep")).toBe(false);
  });

  it("goes back, and shows what was said there", () => {
    const talk = keys(first, "2", "down", " ", "enter", "left", "b", "escape", "b");
    expect(talk).toMatchObject({ screen: { kind: "choice", question: "kind" }, row: 1, past: [] });
    expect(keys(talk, "enter").said.get("keep")).toBe("long");
  });

  it("changes an answer from the last look, and keeps the later ones", () => {
    const check = keys(first, "1", "enter", "enter", "v");
    expect(check).toMatchObject({ screen: { kind: "check" } });
    const again = keys(check, "up", "up", "up", "enter");
    expect(again).toMatchObject({ screen: { kind: "choice", question: "kind" }, isChanging: true, row: 0 });
    const changed = keys(again, "2", "v");
    expect(changed.past).toHaveLength(check.past.length);
    expect(changed.said.get("kind")).toBe("event");
    expect(keys(again, "b")).toMatchObject({ screen: { kind: "check" }, isChanging: false });
  });

  it("asks on where a changed answer makes it matter", () => {
    const settled = keys(first, "5");
    expect(settled.screen.kind).toBe("check");
    expect(keys(settled, "up", "enter", "1").screen).toMatchObject({ kind: "form", group: "must" });
  });

  it("refuses what contradicts something said before, and stays where it is", () => {
    const about = { ...topic, contradictions: readContradictions() };
    const must = press(about, begin(about, true), "1");
    const row = must.screen.kind === "form" ? must.screen.questions.indexOf("keep") : -1;
    const told = act(about, act(about, must, { kind: "say", question: "replay", option: "must" }), {
      kind: "move",
      row,
    });
    const refused = press(about, press(about, told, "1"), "enter");
    expect(refused.screen).toBe(must.screen);
    expect(refused.problem).toMatchObject({
      kind: "contradiction",
      text: expect.stringMatching(/replay=must and keep=consume/),
    });
    expect(press(about, press(about, told, "2"), "enter").screen).not.toBe(must.screen);
  });

  it("hides where it leans to, says why it asks, and stops", () => {
    expect(keys(first, "l")).toMatchObject({ isLeaning: false });
    expect(keys(first, "?")).toMatchObject({ isWhy: true, screen: first.screen });
    expect(keys(first, "?", "?")).toMatchObject({ isWhy: false });
    expect(keys(first, "?", "b")).toMatchObject({ isWhy: false });
    expect(keys(first, "interrupt").ending).toBe("stopped");
    expect(keys(first, "z", "9", "7")).toMatchObject({ past: [{ kind: "choice" }] });
  });

  it("ends with a verdict, or with a verdict and a file", () => {
    const check = keys(first, "5");
    expect(keys(check, "enter").ending).toBe("verdict");
    expect(keys(check, "down", "enter").ending).toBe("save");
  });

  it("leaves no key without a way to the end", () => {
    const pressed = fc.constantFrom(..."?lbv 0123456789".split(""), "up", "down", "left", "enter", "escape");
    fc.assert(
      fc.property(fc.array(pressed, { maxLength: 40 }), (typed) => {
        const talk = keys(first, ...typed);
        const sheet = sheetSoFar(topic, talk);
        for (const [q, option] of [...sheet.global, ...sheet.flows[0]!.answers])
          expect(base.question.get(q)!.options.map((o) => o.id)).toContain(option);
        expect(keys(talk, "b", "b", "1", "v", "enter", "interrupt").ending).toBeDefined();
      }),
      { numRuns: 60 },
    );
  });
});

describe("the list of must-haves", () => {
  const knowledge = readKnowledge();
  const must = knowledge.questions.filter((q) => q.group === "must");

  it("has a line, and what a tick means, for each of them", () => {
    const own = readTexts();
    expect(must.filter((q) => own[`must.${q.id}`] === undefined || q.tick === undefined)).toEqual([]);
    expect(Object.keys(own).filter((key) => key.startsWith("must."))).toHaveLength(must.length);
  });

  it("names options that there are", () => {
    const alone = { ...knowledge, rules: [], settings: [], resembling: [] };
    const broken = (change: object) =>
      problemsOfKnowledge({ ...alone, questions: must.map((q) => ({ ...q, ...change })) }, [], "2026-11-21");
    expect(broken({})).toEqual([]);
    expect(broken({ tick: ["mst"] }).join()).toMatch(/question replay: a tick means mst, which is none of/);
    expect(broken({ blank: "nothing" }).join()).toMatch(/question order: a tick means nothing/);
  });
});

describe("what an answer would push", () => {
  it("is what it does", () => {
    for (const s of scenarios.filter((_, i) => i % 8 === 0)) {
      const { talk } = play({ ...topic, isQuick: true }, knownOf(s)[0]!);
      for (const question of ["delay", "readers", "replay", "stage"]) {
        const { said } = talk;
        for (const push of pushesOf(topic, talk, question)) {
          const after = verdictOf({ ...talk, said: new Map(said).set(question, push.option) });
          expect(push.to === undefined ? after : verdictKey(push.to)).toBe(after);
        }
      }
    }
  });

  it("names what it rules out and the rule that does", () => {
    const must = keys(first, "1");
    const [, , yes] = pushesOf(topic, must, "priority");
    expect(yes).toMatchObject({ option: "must", out: ["kafka"] });
    expect(yes!.rules.map((r) => r.id)).toContain("priority-needs-a-queue");
    // What is assumed is how things stand.
    expect(pushesOf(topic, must, "kafka-version").at(-1)).toMatchObject({
      option: "4.2",
      points: [],
      rules: [],
    });
    expect(pushesOf(topic, must, "priority")[0]).toMatchObject({ option: "no", out: [], points: [] });
  });
});
