import type { Advice } from "../../advisor/advice.ts";
import { type Evidence, otherMachines, remarksOn } from "../../advisor/evidence/evidence.ts";
import { isSameMachine, type Machine } from "../../advisor/evidence/fact.ts";
import { isDisagreement, type Remark } from "../../advisor/evidence/remark.ts";
import type { Words } from "../../advisor/words.ts";
import { formatSize } from "../../model/units.ts";
import { paint, type Style, type Tone } from "../../report/style.ts";
import { wrap } from "../../report/table.ts";
import type { Section } from "./flow-text.ts";
import type { Speaker } from "./phrases.ts";
import { remarkText } from "./remark-text.ts";

/** Remarks that are shown unless everything is. What disagrees is always shown. */
const SHOWN = 6;

const SIGN: Readonly<Record<Remark["verdict"], readonly [string, Tone]>> = {
  contradicts: ["✗ ", "bad"],
  short: ["✗ ", "bad"],
  enough: ["✓ ", "good"],
  supports: ["✓ ", "good"],
  shows: ["· ", "strong"],
  unlike: ["· ", "warn"],
};

export interface EvidenceTextOptions {
  readonly style: Style;
  readonly isAll: boolean;
  readonly runnable: readonly string[];
}

/** What measurements say against rules or answers: at the top, because the points do not know it. */
export function disagreeSection(
  { words }: Speaker,
  remarks: readonly Remark[],
  { style }: EvidenceTextOptions,
): Section {
  const against = remarks.filter(isDisagreement);
  return against.length === 0
    ? []
    : [
        paint(words.say("evidence.disagree"), "bad", style),
        ...against.flatMap((r) => remarkLines(words, r, style)),
      ];
}

/** What was measured on this machine, what is from others, and what was left out. */
export function evidenceSections(
  speaker: Speaker,
  advice: Advice,
  evidence: Evidence,
  options: EvidenceTextOptions,
): readonly Section[] {
  const { words } = speaker;
  const { isAll, runnable, style } = options;
  const rest = remarksOfAll(speaker, advice, evidence, runnable).filter((r) => !isDisagreement(r));
  const shown = rest.slice(0, isAll ? undefined : SHOWN);
  const others = otherMachines(evidence);
  const notes = [...(isAll ? [] : otherLine(words, others)), ...leftOutLines(words, evidence)];
  // Where nothing was ever measured, what to run says it all.
  if (rest.length === 0 && notes.length === 0 && others.length === 0) return [];
  return [
    [
      words.say("evidence.here", machineValues(evidence.here)),
      ...(hasFacts(evidence) ? [] : wrap(words.say("evidence.none"), 2, "· ")),
      ...shown.flatMap((r) => remarkLines(words, r, style)),
      ...(shown.length < rest.length
        ? wrap(words.say("evidence.more", { count: rest.length - shown.length }))
        : []),
      ...notes,
    ],
    ...(isAll ? others : []).map(({ machine }) => [
      words.say("evidence.elsewhere", machineValues(machine)),
      ...remarksOfAll(speaker, advice, evidence, runnable, machine).flatMap((r) =>
        remarkLines(words, r, style),
      ),
    ]),
  ];
}

/** Of all flows, each once: what two flows share is said once. */
export function remarksOfAll(
  { base, words }: Speaker,
  advice: Advice,
  evidence: Evidence,
  runnable: readonly string[],
  machine: Machine = evidence.here,
): readonly Remark[] {
  const all = advice.flows.flatMap((flow) => remarksOn(base, flow, evidence, runnable, machine));
  return [...new Map(all.map((r) => [remarkText(words, r), r])).values()];
}

function remarkLines(words: Words, remark: Remark, style: Style): readonly string[] {
  const [sign, tone] = SIGN[remark.verdict];
  return wrap(remarkText(words, remark), 2, paint(sign, tone, style));
}

function hasFacts({ facts, here }: Evidence): boolean {
  return facts.some((f) => isSameMachine(f.machine, here));
}

function otherLine(words: Words, others: readonly { readonly count: number }[]): readonly string[] {
  const count = others.reduce((n, o) => n + o.count, 0);
  return count === 0 ? [] : wrap(words.say("evidence.others", { count }), 2, "· ");
}

function leftOutLines(words: Words, { folder, leftOut, unread }: Evidence): readonly string[] {
  const reasons = [...leftOut, ...(unread === 0 ? [] : [["unread", unread] as const])].map(([why, count]) =>
    words.say(`evidence.out.${why}`, { count }),
  );
  return reasons.length === 0
    ? []
    : wrap(words.say("evidence.out", { folder, reasons: reasons.join(", ") }), 2, "· ");
}

function machineValues({
  host,
  cpu,
  cores,
  memoryBytes,
}: Machine): Readonly<Record<string, string | number>> {
  return { host, cpu, cores, memory: formatSize(memoryBytes) };
}
