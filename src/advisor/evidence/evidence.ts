import type { FlowAdvice } from "../advice.ts";
import { type Base, withAssumptions } from "../base.ts";
import { EITHER } from "../decide.ts";
import type { EvidenceMap } from "../evidence-map.ts";
import type { Proof, Rule } from "../knowledge.ts";
import { comparedModes } from "../proving.ts";
import { checkRemarks, probeRemarks } from "./checks.ts";
import { type Fact, isSameMachine, type LeftOut, type Machine, type RunFact } from "./fact.ts";
import { groupsOf } from "./groups.ts";
import { needRemarks } from "./needs.ts";
import { type BareRemark, type Remark, rulesOf } from "./remark.ts";
import { otherVersion } from "./version.ts";

/** Results that were read, and whose they are. */
export interface Evidence {
  /** As it was given. */
  readonly folder: string;
  readonly map: EvidenceMap;
  /** The machine that asks. */
  readonly here: Machine;
  readonly facts: readonly Fact[];
  /** Why files are no evidence → how many. */
  readonly leftOut: ReadonlyMap<LeftOut, number>;
  /** Files that were not even looked at: there are too many. */
  readonly unread: number;
}

/** What the results of one machine say of a flow: contradictions first. */
export function remarksOn(
  base: Base,
  flow: FlowAdvice,
  evidence: Pick<Evidence, "map" | "facts">,
  runnable: readonly string[],
  machine: Machine,
): readonly Remark[] {
  const { map } = evidence;
  const facts = evidence.facts.filter((f) => isSameMachine(f.machine, machine));
  const runs = facts.filter((f) => f.kind === "run");
  const probes = facts.filter((f) => f.kind === "probe");
  const known = withAssumptions(base, flow.answers);
  const rules = rulesBehind(flow);
  const { gate, verdict } = flow.decision;
  const best = flow.decision.best.slice(0, verdict === EITHER ? 2 : 1).map((m) => m.mode.id);
  const isBrokered = gate === undefined;
  const remarks: readonly BareRemark[] = [
    ...(isBrokered ? modesToMeasure(base, flow, runnable) : []).flatMap((mode) =>
      needRemarks(ofMode(runs, mode), known, map),
    ),
    ...map.checks.flatMap((check) => {
      const rule = rules.find((r) => r.id === check.rule);
      return rule === undefined ? [] : checkRemarks(check, rule, runs);
    }),
    ...probeRemarks(rules, map.probes, probes),
  ];
  return merged(remarks)
    .map(
      (remark): Remark => ({
        ...remark,
        otherVersions: remark.facts.map((f) => otherVersion(base.question, known, f.mode, f.version)),
        isRecommended: remark.facts.some((f) => best.includes(f.mode)),
      }),
    )
    .sort(
      (a, b) => WEIGHT[a.verdict] - WEIGHT[b.verdict] || Number(b.isRecommended) - Number(a.isRecommended),
    );
}

const WEIGHT: Readonly<Record<Remark["verdict"], number>> = {
  contradicts: 0,
  short: 1,
  enough: 2,
  supports: 3,
  shows: 4,
  unlike: 5,
};

/** The best mode of each product; of one that mqbench cannot run, also the best that it can. */
function modesToMeasure(base: Base, flow: FlowAdvice, runnable: readonly string[]): readonly string[] {
  return comparedModes(base, flow, runnable).flatMap((id) => {
    if (runnable.includes(id)) return [id];
    const product = base.modes.find((m) => m.id === id)?.product;
    const [able] = flow.modes
      .map((m) => m.assessment)
      .filter((a) => a.mode.product === product && a.vetoes.length === 0 && runnable.includes(a.mode.id))
      .sort((a, b) => b.score - a.score);
    return able === undefined ? [id] : [id, able.mode.id];
  });
}

/** The same fact under several rules is one remark. */
function merged(remarks: readonly BareRemark[]): readonly BareRemark[] {
  const groups = groupsOf(remarks, (r) =>
    [
      r.kind,
      r.verdict,
      ...r.facts.map((f) => `${f.id}${f.kind === "probe" ? f.sentence : ""}${f.target}`),
    ].join(" "),
  );
  return groups.map((group) => {
    const [first] = group;
    return "rules" in first ? { ...first, rules: [...new Set(group.flatMap(rulesOf))] } : first;
  });
}

/** Every rule that the verdict rests on, or that is told beside it. */
function rulesBehind(flow: FlowAdvice): readonly Rule[] {
  return [
    ...new Set([
      ...(flow.decision.gate === undefined ? [] : [flow.decision.gate]),
      ...flow.modes.flatMap((m) => m.assessment.vetoes),
      ...(flow.clash?.rules ?? []),
      ...flow.reasons.map((r) => r.rule),
      ...flow.against.map((r) => r.rule),
      ...flow.notes,
    ]),
  ];
}

/** Whether a proof was run on a mode, on the machine that asks. */
export function isMeasured({ facts, here, map }: Evidence, proof: Proof, mode: string): boolean {
  const profile = /^mqbench run (\S+)/.exec(proof.command ?? "")?.[1];
  return facts.some(
    (f) =>
      f.mode === mode &&
      isSameMachine(f.machine, here) &&
      (f.kind === "probe" ? map.probes[f.probe] === proof.id : f.profile === profile && !f.isOverloaded),
  );
}

/** Machines that results are from, without the one that asks; how many results each has. */
export function otherMachines({ facts, here }: Evidence): readonly { machine: Machine; count: number }[] {
  const others: { machine: Machine; count: number }[] = [];
  for (const { machine } of facts.filter((f) => !isSameMachine(f.machine, here))) {
    const known = others.find((o) => isSameMachine(o.machine, machine));
    if (known) known.count += 1;
    else others.push({ machine, count: 1 });
  }
  return others;
}

function ofMode(runs: readonly RunFact[], mode: string): readonly RunFact[] {
  return runs.filter((r) => r.mode === mode);
}
