import type { Advice, FlowAdvice } from "../../advisor/advice.ts";
import { NEUTRAL } from "../../advisor/condition.ts";
import { BOTH } from "../../advisor/consolidate.ts";
import { CONFLICT, EITHER, NEITHER } from "../../advisor/decide.ts";
import { type Evidence, isMeasured } from "../../advisor/evidence/evidence.ts";
import { groupsOf } from "../../advisor/evidence/groups.ts";
import type { Mode, NoteAbout, NoteRule, Setting } from "../../advisor/knowledge.ts";
import { comparedModes, provingOf, type Suggested } from "../../advisor/proving.ts";
import { resemblingCommand } from "../../advisor/resembling.ts";
import { settingsFor } from "../../advisor/settings.ts";
import { finish, paint, type Style } from "../../report/style.ts";
import { joined, wrap } from "../../report/table.ts";
import { disagreeSection, evidenceSections, remarksOfAll } from "./evidence-text.ts";
import { flowSections, type Limits, ruleLines, type Section, scoreSection } from "./flow-text.ts";
import {
  answersText,
  assumedText,
  productName,
  recommendation,
  type Speaker,
  verdictName,
} from "./phrases.ts";

export interface AdviceTextOptions {
  readonly style: Style;
  /** Everything, however long. */
  readonly isAll: boolean;
  /** Modes that mqbench can run. */
  readonly runnable: readonly string[];
  /** Option of the question about the rate → messages a second. */
  readonly rates: Readonly<Record<string, number>>;
  /** What was measured; absent: nobody asks. */
  readonly evidence?: Evidence;
}

const ONE_FLOW: Limits & { readonly notes: number; readonly proofs: number } = {
  reasons: 3,
  flips: 3,
  open: 2,
  notes: 3,
  proofs: 3,
};
const EACH_OF_SEVERAL: Limits = { reasons: 2, flips: 2, open: 0 };

/** An advice for people at a terminal: the verdict first, 80 columns. */
export function adviceText(speaker: Speaker, advice: Advice, options: AdviceTextOptions): string {
  const { style, isAll, evidence, runnable } = options;
  const isOne = advice.flows.length === 1;
  const remarks = evidence === undefined ? [] : remarksOfAll(speaker, advice, evidence, runnable);
  const sections = [
    headSection(speaker, advice, style),
    disagreeSection(speaker, remarks, options),
    ...(isOne ? [] : [oneOrTwoSection(speaker, advice)]),
    ...advice.flows.flatMap((flow, i) => [
      ...(isOne ? [] : [flowHead(speaker, flow, i, style)]),
      ...flowSections(speaker, flow, isAll ? {} : isOne ? ONE_FLOW : EACH_OF_SEVERAL, style),
      ...(isAll ? [scoreSection(speaker, flow)] : []),
    ]),
    ...(evidence === undefined ? [] : evidenceSections(speaker, advice, evidence, options)),
    ...noteSections(speaker, advice, isAll),
    ...settingSections(speaker, advice),
    resemblingSection(speaker, advice, options),
    proveSection(speaker, advice, options),
  ];
  return finish(joined(sections, style), style);
}

function headSection(speaker: Speaker, advice: Advice, style: Style): Section {
  const { words } = speaker;
  const [only] = advice.flows;
  const isOne = advice.flows.length === 1;
  const name = verdictName(speaker, advice.verdict).toUpperCase();
  const text = isOne ? recommendation(speaker, only!.decision) : severalText(speaker, advice);
  const tone =
    advice.verdict === CONFLICT ? "bad" : [EITHER, BOTH].includes(advice.verdict) ? "warn" : "good";
  return [
    ...wrap(text, 0, `${paint(name, tone, style)}  `),
    ...(advice.sheet.title === undefined ? [] : wrap(advice.sheet.title)),
    ...(advice.verdict === CONFLICT ? [] : wrap(confidenceText(speaker, advice))),
    ...(isOne ? wrap(answersText(speaker, only!.answers), 2, `${words.say("answered")}: `) : []),
    ...(advice.assumed.size === 0
      ? []
      : wrap(assumedText(speaker, advice.assumed), 2, `${words.say("assumed")}: `)),
  ];
}

function severalText(speaker: Speaker, advice: Advice): string {
  const { words, base } = speaker;
  const names = base.products.map((p) => productName(speaker, p));
  if (advice.verdict === BOTH) return words.say("head.both", { first: names[0]!, second: names[1]! });
  return advice.verdict === NEITHER || advice.verdict === CONFLICT || advice.verdict === EITHER
    ? words.say("head.several")
    : words.say("head.all", { count: advice.flows.length });
}

/** How sure the verdict is, and what could still change it. */
export function confidenceText({ words }: Speaker, advice: Advice): string {
  if (advice.confidence === "settled" && [...advice.assumed.values()].includes(NEUTRAL))
    return words.say("confidence.settled.neutral");
  if (advice.confidence !== "leaning") return words.say(`confidence.${advice.confidence}`);
  const able = advice.flows.flatMap((f) => f.open.filter((o) => o.flips.length > 0));
  const first = able[0]?.question;
  return first === undefined
    ? words.say("confidence.leaning.more")
    : words.say("confidence.leaning.one", { count: new Set(able.map((o) => o.question)).size, first });
}

function flowHead(speaker: Speaker, flow: FlowAdvice, i: number, style: Style): Section {
  const { words } = speaker;
  const name = flow.flow.name ?? words.say("unnamed", { number: i + 1 });
  const verdict = verdictName(speaker, flow.decision.verdict).toUpperCase();
  return [
    words.say("flow", {
      number: i + 1,
      name: flow.flow.name === undefined ? answersText(speaker, flow.flow.answers) : name,
    }),
    ...wrap(paint(recommendation(speaker, flow.decision), "strong", style), 2, `${verdict}  `),
  ];
}

function oneOrTwoSection(speaker: Speaker, { consolidation }: Advice): Section {
  const { words } = speaker;
  const { regrets, secondCost, verdict } = consolidation;
  if (regrets.length === 0 || verdict === CONFLICT) return [];
  return [
    words.say("section.one"),
    ...regrets.flatMap(({ product, points }) => {
      const name = productName(speaker, product);
      const text = Number.isFinite(points)
        ? words.say("one.regret", { product: name, points })
        : words.say("one.cannot", { product: name });
      return wrap(text, 2, "· ");
    }),
    ...wrap(
      `${words.say("one.cost", { points: secondCost })}; ${words.say(verdict === BOTH ? "one.split" : "one.kept")}`,
      2,
      "· ",
    ),
  ];
}

/** Notes of all flows, each once. */
export function notesOf(advice: Advice, about: NoteAbout): readonly NoteRule[] {
  return [...new Set(advice.flows.flatMap((f) => f.notes))].filter((note) => note.about === about);
}

function noteSections(speaker: Speaker, advice: Advice, isAll: boolean): readonly Section[] {
  const abouts: readonly NoteAbout[] = isAll
    ? ["pitfall", "correction", "context"]
    : ["pitfall", "correction"];
  return abouts.map((about) => {
    const notes = notesOf(advice, about).slice(0, isAll ? undefined : ONE_FLOW.notes);
    const key = {
      correction: "section.corrections",
      pitfall: "section.pitfalls",
      context: "section.context",
    }[about];
    return notes.length === 0
      ? []
      : [speaker.words.say(key), ...notes.flatMap((note) => ruleLines(speaker, note, "· "))];
  });
}

/** Of each mode that is recommended, once for all flows that ask for the same. */
function settingSections(speaker: Speaker, advice: Advice): readonly Section[] {
  return modeSettings(speaker, advice).map(({ title, settings }) => [
    title,
    ...settings.flatMap((s) => wrap(settingText(speaker, s), 2, "· ")),
  ]);
}

export interface ModeSettings {
  readonly title: string;
  readonly settings: readonly Setting[];
}

/** What to set for each recommended mode; where flows share a mode and differ, each has its own, by name. */
export function modeSettings({ base, words }: Speaker, advice: Advice): readonly ModeSettings[] {
  const all = advice.flows.flatMap((flow, i) =>
    recommendedModes(flow, advice.verdict).map((mode) => {
      const name = flow.flow.name ?? words.say("unnamed", { number: i + 1 });
      return { mode, name, settings: settingsFor(base, mode, flow.answers) };
    }),
  );
  const groups = groupsOf(all, ({ mode, settings }) => [mode.id, ...settings.map((s) => s.id)].join(" "));
  return groups.map((group) => {
    const [{ mode, settings }] = group;
    const isShared = groups.filter(([first]) => first.mode === mode).length > 1;
    const names = isShared ? ` (${group.map((g) => g.name).join(", ")})` : "";
    return { title: `${words.say("section.settings", { mode: words.mode(mode) })}${names}`, settings };
  });
}

function recommendedModes(flow: FlowAdvice, verdict: string): readonly Mode[] {
  const { decision } = flow;
  if ([NEITHER, CONFLICT].includes(decision.verdict)) return [];
  return (decision.verdict === EITHER ? decision.best : servedBy(flow, verdict)).map((m) => m.mode);
}

/** `topic: cleanup.policy=compact`. */
export function settingText({ words }: Speaker, setting: Setting): string {
  return `${words.say(`on.${setting.on}`)}: ${words.setting(setting)}`;
}

/** The profile that resembles each flow, as a command, each once. */
function resemblingSection(
  speaker: Speaker,
  advice: Advice,
  { runnable, rates }: AdviceTextOptions,
): Section {
  const commands = advice.flows
    .filter((f) => ![NEITHER, CONFLICT].includes(f.decision.verdict))
    .flatMap((f) => resemblingCommand(speaker.base, f, runnable, rates) ?? []);
  return commands.length === 0
    ? []
    : [speaker.words.say("section.resembling"), ...[...new Set(commands)].map((c) => `      ${c}`)];
}

/** The mode that serves a flow: that of the product for all, or the flow's own best. */
function servedBy({ decision }: FlowAdvice, verdict: string): FlowAdvice["decision"]["best"] {
  const shared = decision.best.filter((m) => m.mode.product === verdict);
  return shared.length > 0 ? shared : decision.best.slice(0, 1);
}

/** What would prove an advice and was not measured here, each once; what can be run before what cannot. */
export function toProve(
  { base }: Speaker,
  advice: Advice,
  runnable: readonly string[],
  evidence?: Evidence,
): readonly Suggested[] {
  const all = advice.flows
    .filter((f) => f.decision.verdict !== NEITHER)
    .flatMap((f) =>
      provingOf(
        base,
        f,
        runnable,
        (proof, mode) => evidence !== undefined && isMeasured(evidence, proof, mode),
      ),
    );
  // Of the same command the first.
  const distinct = [...new Map(all.map((s) => [s.command ?? s.proof.id, s])).values()];
  return [
    ...distinct.filter((s) => s.command !== undefined),
    ...distinct.filter((s) => s.command === undefined),
  ];
}

function proveSection(
  speaker: Speaker,
  advice: Advice,
  { isAll, runnable, evidence }: AdviceTextOptions,
): Section {
  const { base, words } = speaker;
  const brokered = advice.flows.filter((f) => f.decision.verdict !== NEITHER);
  const sorted = toProve(speaker, advice, runnable, evidence);
  const shown = isAll ? sorted : sorted.filter((s) => s.command !== undefined).slice(0, ONE_FLOW.proofs);
  const missing = [...new Set(brokered.flatMap((f) => comparedModes(base, f, runnable)))].filter(
    (m) => !runnable.includes(m),
  );
  if (shown.length === 0 && missing.length === 0) return [];
  return [
    words.say(evidence === undefined ? "section.prove" : "evidence.prove"),
    ...shown.flatMap((s) => proofLines(speaker, s)),
    ...missing.flatMap((mode) => wrap(words.say("prove.cannot", { mode }))),
  ];
}

function proofLines({ words }: Speaker, { proof, command }: Suggested): readonly string[] {
  const title = words.proof(proof);
  if (command === undefined) return wrap(words.say("prove.none", { title }), 2, "· ");
  // A command stays on one line, so that it can be copied.
  return [...wrap(words.say("prove.some", { title }), 2, "· "), `      ${command}`];
}
