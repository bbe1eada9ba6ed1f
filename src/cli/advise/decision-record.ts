import { type Advice, type FlowAdvice, worthOf } from "../../advisor/advice.ts";
import { type Answers, NEUTRAL } from "../../advisor/condition.ts";
import { CONFLICT, EITHER, NEITHER } from "../../advisor/decide.ts";
import type { Evidence } from "../../advisor/evidence/evidence.ts";
import { isDisagreement } from "../../advisor/evidence/remark.ts";
import type { Question, Rule } from "../../advisor/knowledge.ts";
import { provingOf } from "../../advisor/proving.ts";
import { confidenceText, modeSettings, notesOf, settingText } from "./advice-text.ts";
import { remarksOfAll } from "./evidence-text.ts";
import { flagText, pointsText, recommendation, type Speaker, verdictName, viewText } from "./phrases.ts";
import { remarkText } from "./remark-text.ts";

/** An advice as an architecture decision record, in Markdown. */
export function decisionRecord(
  speaker: Speaker,
  advice: Advice,
  runnable: readonly string[],
  evidence?: Evidence,
): string {
  const { words, base } = speaker;
  const several = advice.flows.length > 1;
  const flowTitle = (flow: FlowAdvice, i: number) =>
    several
      ? [
          `### ${words.say("flow", { number: i + 1, name: flow.flow.name ?? words.say("unnamed", { number: i + 1 }) })}`,
          "",
        ]
      : [];
  const perFlow = (lines: (flow: FlowAdvice) => readonly string[]) =>
    advice.flows.flatMap((flow, i) => {
      const body = lines(flow);
      return body.length === 0 ? [] : [...flowTitle(flow, i), ...body, ""];
    });
  const notes = [...notesOf(advice, "pitfall"), ...notesOf(advice, "correction")];
  const proofs = new Set(
    advice.flows.flatMap((flow) =>
      provingOf(base, flow, runnable).flatMap((s) =>
        s.command === undefined ? [] : [`${s.command}  # ${words.proof(s.proof)}`],
      ),
    ),
  );
  return tidy([
    `# ${titleOf(speaker, advice)}`,
    "",
    words.say("adr.status"),
    "",
    ...(advice.sheet.title === undefined ? [] : [advice.sheet.title, ""]),
    words.say("adr.made", { rules: base.rules.length }),
    ...(advice.verdict === CONFLICT ? [] : [confidenceText(speaker, advice)]),
    "",
    `## ${words.say("adr.context")}`,
    "",
    ...perFlow((flow) => contextTable(speaker, flow, advice.assumed)),
    `## ${words.say("adr.decision")}`,
    "",
    ...perFlow((flow) => decisionLines(speaker, flow)),
    `## ${words.say("adr.alternatives")}`,
    "",
    ...perFlow((flow) => alternativeLines(speaker, flow)),
    `## ${words.say("adr.consequences")}`,
    "",
    ...settingLines(speaker, advice),
    ...notes.map((note) => bullet(speaker, note)),
    "",
    ...measuredLines(speaker, advice, evidence, runnable),
    `## ${words.say("adr.reconsider")}`,
    "",
    ...perFlow((flow) => reconsiderLines(speaker, flow)),
    ...(proofs.size === 0 ? [] : [`## ${words.say("adr.verify")}`, "", "```sh", ...proofs, "```", ""]),
    `## ${words.say("adr.sources")}`,
    "",
    ...sourceLines(speaker, advice),
  ]);
}

function titleOf(speaker: Speaker, advice: Advice): string {
  const { words } = speaker;
  const [only] = advice.flows;
  if (advice.verdict === CONFLICT) return words.say("adr.title.conflict");
  if (advice.verdict === NEITHER && only!.decision.gate !== undefined && advice.flows.length === 1) {
    const outcome = speaker.base.outcomes.find((o) => o.id === only!.decision.gate!.outcome)!;
    return words.say("adr.title.neither", { outcome: words.outcome(outcome, "label") });
  }
  const name = verdictName(speaker, advice.verdict);
  return words.say("adr.title", {
    verdict: advice.flows.length > 1 ? name : `${name}: ${recommendation(speaker, only!.decision)}`,
  });
}

function contextTable(
  { base, words }: Speaker,
  { answers }: FlowAdvice,
  assumed: Answers,
): readonly string[] {
  const row = (question: Question, option: string, remark: string) => [
    words.ask(question),
    `\`${question.id}: ${option}\`${remark} ${words.option(question, option)}`,
  ];
  return table([
    [words.say("adr.question"), words.say("adr.answer")],
    ...base.questions.flatMap((q) => {
      const given = answers.get(q.id);
      if (given !== undefined) return [row(q, given, "")];
      const taken = assumed.get(q.id);
      return taken === undefined || taken === NEUTRAL
        ? []
        : [row(q, taken, ` (${words.say("adr.assumed")})`)];
    }),
  ]);
}

function decisionLines(speaker: Speaker, flow: FlowAdvice): readonly string[] {
  const { base, words } = speaker;
  const { decision, clash } = flow;
  const head = `**${verdictName(speaker, decision.verdict)}**: ${recommendation(speaker, decision)}.`;
  if (decision.gate !== undefined) {
    const outcome = base.outcomes.find((o) => o.id === decision.gate!.outcome)!;
    return [
      head,
      "",
      bullet(speaker, decision.gate),
      `- ${words.outcome(outcome, "instead")} ${words.outcome(outcome, "again")}`,
    ];
  }
  if (clash !== undefined)
    return [
      head,
      "",
      ...clash.rules.map((rule) => bullet(speaker, rule)),
      "",
      words.say("clash.relax", { count: clash.answers.length }),
      "",
      ...clash.parts.map(
        ({ question, decision: part }) =>
          `- ${words.say("clash.part", { question, verdict: `${verdictName(speaker, part.verdict)}, ${recommendation(speaker, part)}` })}`,
      ),
    ];
  return [
    head,
    "",
    ...table([
      [words.say("adr.points"), words.say("adr.reason")],
      ...flow.reasons.map((reason) => [pointsText(worthOf(reason)), sentence(speaker, reason.rule)]),
      ...flow.against.map(({ rule, lead }) => [pointsText(lead), sentence(speaker, rule)]),
    ]),
  ];
}

function alternativeLines(speaker: Speaker, flow: FlowAdvice): readonly string[] {
  const { words } = speaker;
  const chosen =
    flow.decision.gate === undefined && flow.decision.verdict !== EITHER
      ? flow.decision.best[0]?.mode.id
      : undefined;
  return table([
    [words.say("adr.alternative"), words.say("adr.score"), words.say("adr.ruledOut")],
    ...flow.modes
      .filter(({ assessment }) => assessment.mode.id !== chosen)
      .map(({ assessment: { mode, score, vetoes } }) => [
        words.mode(mode),
        String(score),
        vetoes.map((v) => words.because(v)).join(" "),
      ]),
  ]);
}

function settingLines(speaker: Speaker, advice: Advice): readonly string[] {
  return modeSettings(speaker, advice).flatMap(({ title, settings }) => [
    `${title}:`,
    "",
    ...settings.map((s) => `- ${settingText(speaker, s)}`),
    "",
  ]);
}

function reconsiderLines(speaker: Speaker, flow: FlowAdvice): readonly string[] {
  const { base, words } = speaker;
  if (flow.flips.length === 0) return [words.say("flip.none")];
  return flow.flips.slice(0, 8).map(({ question, to, decision }) => {
    const asked = base.question.get(question)!;
    const verdict =
      decision.gate === undefined
        ? verdictName(speaker, decision.verdict)
        : `${verdictName(speaker, decision.verdict)}, ${recommendation(speaker, decision)}`;
    return `- ${words.ask(asked)} ${words.option(asked, to)} (\`${flagText(question, to)}\`): ${verdict}`;
  });
}

/** What was measured on the machine that asks, what disagrees first. */
function measuredLines(
  speaker: Speaker,
  advice: Advice,
  evidence: Evidence | undefined,
  runnable: readonly string[],
): readonly string[] {
  const remarks = evidence === undefined ? [] : remarksOfAll(speaker, advice, evidence, runnable);
  return remarks.length === 0
    ? []
    : [
        `## ${speaker.words.say("adr.measured")}`,
        "",
        ...remarks.map((r) => {
          const sign = isDisagreement(r) ? `**${speaker.words.say("evidence.disagree")}** ` : "";
          return `- ${sign}${remarkText(speaker.words, r)}`;
        }),
        "",
      ];
}

function sourceLines(speaker: Speaker, advice: Advice): readonly string[] {
  const { base } = speaker;
  const rules: readonly Rule[] = advice.flows.flatMap((f) => [
    ...(f.decision.gate === undefined ? [] : [f.decision.gate]),
    ...(f.clash?.rules ?? []),
    ...f.ruledOut.flatMap((r) => r.rules),
    ...f.reasons.map((r) => r.rule),
    ...f.against.map((r) => r.rule),
    ...f.notes,
  ]);
  const settings = modeSettings(speaker, advice).flatMap((m) => m.settings);
  const used = new Set([...rules, ...settings].flatMap((r) => r.sources));
  return base.sources.filter((s) => used.has(s.id)).map((s) => `- ${s.title}, ${s.where}`);
}

function bullet(speaker: Speaker, rule: Rule): string {
  return `- ${sentence(speaker, rule)}`;
}

function sentence(speaker: Speaker, rule: Rule): string {
  return `${speaker.words.because(rule)}${viewText(speaker, rule)} (\`${rule.id}\`)`;
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((c) => c.replaceAll("|", "\\|") || " ").join(" | ")} |`;
  const [head, ...body] = rows;
  return [line(head!), line(head!.map(() => "---")), ...body.map(line)];
}

/** Never two empty lines in a row. */
function tidy(lines: readonly string[]): string {
  return `${lines
    .filter((l, i) => l !== "" || lines[i - 1] !== "")
    .join("\n")
    .trimEnd()}\n`;
}
