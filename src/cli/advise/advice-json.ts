import type { Advice, FlowAdvice, Reason } from "../../advisor/advice.ts";
import type { Answers } from "../../advisor/condition.ts";
import { type Decision, EITHER } from "../../advisor/decide.ts";
import type { Evidence } from "../../advisor/evidence/evidence.ts";
import { provingOf } from "../../advisor/proving.ts";
import { resemblingCommand } from "../../advisor/resembling.ts";
import { settingsFor } from "../../advisor/settings.ts";
import { evidenceJson, remarksJson } from "./evidence-json.ts";
import { recommendation, type Speaker } from "./phrases.ts";

/** The document of `mqbench advise --json`: schemas/advice-v1.json. Within version 1 fields are only added. */
export function adviceJson(
  speaker: Speaker,
  advice: Advice,
  runnable: readonly string[],
  rates: Readonly<Record<string, number>>,
  evidence: Evidence | undefined,
): Record<string, unknown> {
  const { regrets, secondCost } = advice.consolidation;
  const only = advice.flows.length === 1 ? advice.flows[0]! : undefined;
  return {
    schema: "advice-v1",
    ...(advice.sheet.title === undefined ? {} : { title: advice.sheet.title }),
    verdict: advice.verdict,
    ...(only?.decision.gate === undefined ? {} : { instead: only.decision.gate.outcome }),
    confidence: advice.confidence,
    ...(advice.flows.length < 2
      ? {}
      : {
          consolidation: {
            secondCost,
            // JSON has no infinity: a product that cannot serve every flow has no number.
            regrets: regrets.map((r) => ({
              product: r.product,
              points: Number.isFinite(r.points) ? r.points : null,
            })),
          },
        }),
    assumed: plain(advice.assumed),
    flows: advice.flows.map((flow) => ({
      ...flowJson(speaker, flow, runnable, rates),
      ...(evidence === undefined ? {} : { evidence: remarksJson(speaker, flow, evidence, runnable) }),
    })),
    ...(evidence === undefined ? {} : { evidence: evidenceJson(evidence) }),
  };
}

function flowJson(
  speaker: Speaker,
  flow: FlowAdvice,
  runnable: readonly string[],
  rates: Readonly<Record<string, number>>,
): Record<string, unknown> {
  const { words } = speaker;
  const { decision, clash } = flow;
  return {
    ...(flow.flow.name === undefined ? {} : { name: flow.flow.name }),
    answers: plain(flow.answers),
    ...decisionJson(decision),
    recommendation: recommendation(speaker, decision),
    confidence: flow.confidence,
    modes: flow.modes.map(({ assessment: { mode, score, vetoes }, range }) => ({
      mode: mode.id,
      score,
      low: range.low,
      high: range.high,
      vetoes: vetoes.map((v) => v.id),
    })),
    ...(decision.gate === undefined
      ? {}
      : { gate: { rule: decision.gate.id, because: words.because(decision.gate) } }),
    reasons: flow.reasons.map((r) => reasonJson(speaker, r)),
    against: flow.against.map((r) => reasonJson(speaker, r)),
    flips: flow.flips.map(({ question, from, to, decision: changed }) => ({
      question,
      from: from ?? null,
      to,
      ...decisionJson(changed),
    })),
    open: flow.open.map(({ question, flips, swing }) => ({ question, flips, swing })),
    notes: flow.notes.map((note) => ({
      rule: note.id,
      about: note.about,
      because: words.because(note),
      corrects: note.corrects,
      stance: note.stance,
    })),
    ...(clash === undefined
      ? {}
      : {
          clash: {
            answers: clash.answers,
            rules: clash.rules.map((r) => r.id),
            parts: clash.parts.map(({ question, decision: part }) => ({ question, ...decisionJson(part) })),
            products: clash.products,
          },
        }),
    settings: flow.decision.best.slice(0, flow.decision.verdict === EITHER ? 2 : 1).flatMap(({ mode }) =>
      settingsFor(speaker.base, mode, flow.answers).map((s) => ({
        mode: mode.id,
        on: s.on,
        set: words.setting(s),
        sources: s.sources,
      })),
    ),
    resembling:
      (clash === undefined ? resemblingCommand(speaker.base, flow, runnable, rates) : undefined) ?? null,
    prove: provingOf(speaker.base, flow, runnable).map(({ proof, command }) => ({
      probe: proof.id,
      title: words.proof(proof),
      command: command ?? null,
    })),
  };
}

function decisionJson({ verdict, gate, best }: Decision) {
  const mode = gate === undefined ? best[0]?.mode.id : undefined;
  return {
    verdict,
    ...(gate === undefined ? {} : { instead: gate.outcome }),
    ...(mode === undefined ? {} : { mode }),
  };
}

function reasonJson({ words }: Speaker, { rule, points, lead }: Reason) {
  return {
    rule: rule.id,
    points,
    lead,
    because: words.because(rule),
    stance: rule.stance,
    sources: rule.sources,
  };
}

function plain(answers: Answers): Record<string, string> {
  return Object.fromEntries(answers);
}
