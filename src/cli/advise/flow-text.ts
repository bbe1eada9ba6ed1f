import { type FlowAdvice, type Reason, worthOf } from "../../advisor/advice.ts";
import { CONFLICT, EITHER, verdictKey } from "../../advisor/decide.ts";
import type { Flip } from "../../advisor/flips.ts";
import type { Rule, VetoRule } from "../../advisor/knowledge.ts";
import { paint, type Style } from "../../report/style.ts";
import { alignTable, wrap } from "../../report/table.ts";
import {
  flagText,
  outcomeName,
  pointsText,
  productName,
  recommendation,
  type Speaker,
  verdictName,
  viewText,
} from "./phrases.ts";

/** How much is said; undefined: everything. */
export interface Limits {
  readonly reasons?: number;
  readonly flips?: number;
  readonly open?: number;
}

/** A heading and its lines. */
export type Section = readonly string[];

/** Why a flow's verdict is what it is: for, against, the other side, what would change it. */
export function flowSections(
  speaker: Speaker,
  flow: FlowAdvice,
  limits: Limits,
  style: Style,
): readonly Section[] {
  return [
    flow.decision.gate === undefined ? [] : insteadSection(speaker, flow),
    ...(flow.clash === undefined ? [] : clashSections(speaker, flow)),
    ...(flow.decision.gate === undefined && flow.clash === undefined
      ? pointSections(speaker, flow, limits, style)
      : []),
    flipSection(speaker, flow, limits),
    // First the conflict has to be gone.
    flow.clash === undefined ? openSection(speaker, flow, limits) : [],
  ];
}

function insteadSection({ base, words }: Speaker, { decision: { gate } }: FlowAdvice): Section {
  const outcome = base.outcomes.find((o) => o.id === gate!.outcome)!;
  return [
    words.say("section.why"),
    ...wrap(`${words.because(gate!)} [${gate!.id}]`),
    ...wrap(words.outcome(outcome, "instead")),
    ...wrap(words.outcome(outcome, "again")),
  ];
}

function pointSections(speaker: Speaker, flow: FlowAdvice, limits: Limits, style: Style): readonly Section[] {
  const { words } = speaker;
  const isTie = flow.decision.verdict === EITHER;
  const first = flow.decision.best[0]!;
  const own = productName(speaker, first.mode.product);
  const reasons = reasonLines(speaker, flow.reasons.slice(0, limits.reasons), worthOf, style);
  return [
    [
      isTie ? `${words.say("section.why")} (${own})` : words.say("section.why"),
      ...(reasons.length > 0
        ? reasons
        : wrap(flow.ruledOut.length > 0 ? words.say("why.only", { name: own }) : words.say("why.none"))),
    ],
    ...otherSections(speaker, flow, isTie),
    [
      words.say("section.against"),
      ...(flow.against.length === 0 ? wrap(words.say("against.none"), 2, "· ") : []),
      ...reasonLines(
        speaker,
        flow.against.slice(0, limits.reasons && limits.reasons - 1),
        (r) => r.lead,
        style,
      ),
    ],
  ];
}

/** One section for each product that is not recommended: what rules it out, or how far behind it is. */
function otherSections(speaker: Speaker, flow: FlowAdvice, isTie: boolean): readonly Section[] {
  const { base, words } = speaker;
  const [first, second] = flow.decision.best;
  return base.products
    .filter((product) => product !== first!.mode.product && !isTie)
    .map((product): Section => {
      const out = vetoesOf(flow, product);
      return [
        words.say("section.not", { name: productName(speaker, product) }),
        ...[...out].flatMap(([rule, modes]) =>
          ruleLines(speaker, rule, "✗ ", partOf(speaker, product, modes)),
        ),
        ...(second?.mode.product === product
          ? wrap(
              words.say("not.points", { mode: words.mode(second.mode), points: flow.decision.lead }),
              2,
              "· ",
            )
          : []),
      ];
    });
}

/** Rule → the modes of a product that it rules out. */
function vetoesOf(flow: FlowAdvice, product: string): ReadonlyMap<VetoRule, readonly string[]> {
  const out = new Map<VetoRule, readonly string[]>();
  for (const { assessment } of flow.modes)
    if (assessment.mode.product === product)
      for (const rule of assessment.vetoes) out.set(rule, [...(out.get(rule) ?? []), assessment.mode.id]);
  return out;
}

function reasonLines(
  speaker: Speaker,
  reasons: readonly Reason[],
  worth: (reason: Reason) => number,
  style: Style,
): readonly string[] {
  return reasons.flatMap((reason) => {
    const points = worth(reason);
    return ruleLines(
      speaker,
      reason.rule,
      `${paint(pointsText(points), points > 0 ? "good" : "bad", style)}  `,
    );
  });
}

/** ` (rabbitmq:quorum, rabbitmq:classic)`, where that is not all of a product. */
function partOf({ base }: Speaker, product: string, modes: readonly string[]): string {
  const all = base.modes.filter((m) => m.product === product);
  return modes.length === all.length ? "" : ` (${modes.join(", ")})`;
}

/** A rule's sentence, whose view it is, and its name. */
export function ruleLines(speaker: Speaker, rule: Rule, lead: string, part = ""): readonly string[] {
  return wrap(`${speaker.words.because(rule)}${part}${viewText(speaker, rule)} [${rule.id}]`, 2, lead);
}

function clashSections(speaker: Speaker, { clash }: FlowAdvice): readonly Section[] {
  const { words } = speaker;
  const { answers, parts, products, rules } = clash!;
  const one = products.map((p) => productName(speaker, p)).join(", ");
  return [
    [
      words.say("section.clash"),
      ...answers.flatMap(({ question, option }) =>
        wrap(words.say("clash.answer", { question, option }), 2, "· "),
      ),
      ...rules.flatMap((rule) => ruleLines(speaker, rule, "✗ ")),
    ],
    [
      words.say("section.split"),
      ...wrap(words.say("clash.relax", { count: answers.length })),
      ...parts.flatMap(({ question, decision }) =>
        wrap(
          words.say("clash.part", {
            question,
            verdict: `${verdictName(speaker, decision.verdict)}, ${recommendation(speaker, decision)}`,
          }),
          2,
          "· ",
        ),
      ),
      ...wrap(products.length > 0 ? words.say("clash.one", { product: one }) : words.say("clash.two")),
    ],
  ];
}

function flipSection(speaker: Speaker, flow: FlowAdvice, limits: Limits): Section {
  const { words } = speaker;
  const heading = words.say(flow.decision.verdict === EITHER ? "section.tie" : "section.flips");
  const groups = groupedFlips(flow.flips);
  if (groups.length === 0) return [heading, ...wrap(words.say("flip.none"))];
  const shown = groups.slice(0, limits.flips);
  const rows = shown.map(({ question, from, options, to }) => [
    flagText(question, options.join("|")),
    from === undefined ? "" : `(${from})`,
    `→ ${verdictName(speaker, to.verdict)}${to.gate === undefined ? "" : `: ${outcomeName(speaker, to.gate.outcome)}`}`,
  ]);
  const rest = groups.length - shown.length;
  return [
    heading,
    ...rows.flatMap(([flag, from, verdict]) =>
      wrap(`${flag} ${from} ${verdict}`.replace(/ +/g, " "), 2, "· "),
    ),
    ...(rest === 0 ? [] : wrap(words.say("flip.more", { count: rest }))),
  ];
}

interface FlipGroup {
  readonly question: string;
  readonly from?: string;
  readonly options: readonly string[];
  readonly to: Flip["decision"];
}

/** Options of one question that lead to the same, together, where the closest of them stands. */
function groupedFlips(flips: readonly Flip[]): readonly FlipGroup[] {
  const groups = new Map<string, FlipGroup>();
  for (const { question, from, to, decision } of flips) {
    const key = `${question} ${verdictKey(decision)}`;
    const known = groups.get(key);
    groups.set(key, {
      question,
      ...(from === undefined ? {} : { from }),
      options: [...(known?.options ?? []), to],
      to: known?.to ?? decision,
    });
  }
  return [...groups.values()];
}

function openSection(speaker: Speaker, { open }: FlowAdvice, limits: Limits): Section {
  const { words } = speaker;
  const able = open.filter((o) => o.flips.length > 0);
  if (open.length === 0 || limits.open === 0) return [];
  const heading = words.say("section.open");
  if (able.length === 0) return [heading, ...wrap(words.say("open.idle", { open: open.length }))];
  const shown = open.slice(0, limits.open);
  const rest = open.length - shown.length;
  return [
    heading,
    ...wrap(words.say("open.count", { open: open.length, able: able.length })),
    ...shown.flatMap(({ question }) => {
      const asked = speaker.base.question.get(question)!;
      const options = asked.options.map((o) => o.id).join("|");
      return wrap(`${words.ask(asked)} ${flagText(question, options)}`, 2, "· ");
    }),
    ...(rest === 0 ? [] : wrap(words.say("open.more", { count: rest }))),
  ];
}

/** Every mode with its score, or what rules it out. */
export function scoreSection({ words }: Speaker, flow: FlowAdvice): Section {
  const rows = flow.modes.flatMap(({ assessment: { mode, score, vetoes }, range }) =>
    vetoes.length > 0
      ? vetoes.map((veto, i) => [i === 0 ? mode.id : "", "", `${words.say("score.out")}: ${veto.id}`])
      : [
          [
            mode.id,
            String(score),
            range.low === range.high ? "" : words.say("score.range", { low: range.low, high: range.high }),
          ],
        ],
  );
  return flow.decision.gate !== undefined && flow.decision.verdict !== CONFLICT
    ? []
    : [words.say("section.scores"), ...alignTable(rows, ["left", "right", "left"])];
}
