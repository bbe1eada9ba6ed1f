import type { FlowAdvice } from "../../advisor/advice.ts";
import { type Evidence, otherMachines, remarksOn } from "../../advisor/evidence/evidence.ts";
import { type Fact, isSameMachine, type Measured } from "../../advisor/evidence/fact.ts";
import { type Remark, rulesOf } from "../../advisor/evidence/remark.ts";
import type { Speaker } from "./phrases.ts";
import { remarkText } from "./remark-text.ts";

/** Whose results there are, and what was left out of them. */
export function evidenceJson(evidence: Evidence): Record<string, unknown> {
  const { folder, here, facts, leftOut, unread } = evidence;
  return {
    folder,
    machine: here,
    results: facts.filter((f) => isSameMachine(f.machine, here)).length,
    others: otherMachines(evidence).map(({ machine, count }) => ({ machine, results: count })),
    leftOut: Object.fromEntries(leftOut),
    unread,
  };
}

/** What the results of this machine say of a flow, as data and as a sentence. */
export function remarksJson(
  { base, words }: Speaker,
  flow: FlowAdvice,
  evidence: Evidence,
  runnable: readonly string[],
): readonly Record<string, unknown>[] {
  return remarksOn(base, flow, evidence, runnable, evidence.here).map((remark) => ({
    verdict: remark.verdict,
    about: remark.kind,
    text: remarkText(words, remark),
    rules: rulesOf(remark),
    ...needsJson(remark),
    isRecommended: remark.isRecommended,
    measured: remark.facts.map((fact, i) => ({
      ...factJson(fact),
      ...(remark.otherVersions[i] === undefined ? {} : { answeredVersion: remark.otherVersions[i] }),
    })),
  }));
}

function needsJson(remark: Remark): Record<string, number> {
  return {
    ...("neededPerS" in remark ? { neededPerS: remark.neededPerS } : {}),
    ...("neededMs" in remark ? { neededMs: remark.neededMs } : {}),
  };
}

function factJson(fact: Fact): Record<string, unknown> {
  const { id, startedAt, target, version } = fact;
  const from = { id, startedAt, target, version };
  if (fact.kind === "probe") {
    const { probe, sentence, verdict, expected, because } = fact;
    return { ...from, probe, sentence, verdict, expected, because };
  }
  const { profile, durability, load, offeredPerS, sizeBytes, partitions, subscriptions, rate, p50, p99 } =
    fact;
  return {
    ...from,
    profile,
    durability,
    load,
    ...(offeredPerS === undefined ? {} : { offeredPerS }),
    sizeBytes,
    partitions,
    subscriptions,
    ...numberJson("ratePerS", rate),
    ...numberJson("e2eP50Ns", p50),
    ...numberJson("e2eP99Ns", p99),
    ...(fact.guarantee === undefined
      ? {}
      : { guarantee: { name: fact.guarantee.name, verdict: fact.guarantee.verdict } }),
    findings: Object.fromEntries(fact.findings),
  };
}

function numberJson(name: string, measured: Measured | undefined): Record<string, unknown> {
  return measured === undefined
    ? {}
    : {
        [name]: measured.value,
        ...(measured.validity === "valid" ? {} : { [`${name}Is`]: measured.validity }),
      };
}
