import type { EvidenceCheck, QuickerCheck, TrapCheck } from "../evidence-map.ts";
import type { Rule } from "../knowledge.ts";
import { isAsDurable, promiseOf } from "./durability.ts";
import type { ProbeFact, RunFact } from "./fact.ts";
import { groupsOf } from "./groups.ts";
import { newest } from "./needs.ts";
import type { BareRemark } from "./remark.ts";
import { isInGuard } from "./version.ts";

/** Two numbers that are nearer than this are no difference: single runs vary by as much. */
const MARGIN = 1.2;
/** Sizes, in bytes, that are nearer than this are the same. */
const SAME_SIZE = 1.1;

/** What one check finds, the newest of each mode. @param runs of one machine, of versions that the rule is about */
export function checkRemarks(
  check: EvidenceCheck,
  rule: Rule,
  all: readonly RunFact[],
): readonly BareRemark[] {
  const runs = all.filter((r) => isInGuard(rule.guard, r.mode, r.version));
  if ("trap" in check) return eachMode(runs, (own) => trapRemark(check, own));
  if ("seen" in check) return eachMode(runs, (own) => seenRemark(check, own));
  if ("guarantee" in check)
    return eachMode(
      runs.filter((r) => check.modes.includes(r.mode)),
      (own) => guaranteeRemark(check, own),
    );
  if ("most" in check)
    return eachMode(
      runs.filter((r) => check.modes.includes(r.mode)),
      (own) => mostRemark(check, own),
    );
  return quickerRemarks(check, runs);
}

/** The newest verdict of each mode, by probe: those that agree with what is documented together. */
export function probeRemarks(
  rules: readonly Rule[],
  probes: Readonly<Record<string, string>>,
  facts: readonly ProbeFact[],
): readonly BareRemark[] {
  const proofOf = new Map(Object.entries(probes));
  const latest = groupsOf(
    facts.filter((f) => f.verdict !== "not-testable"),
    (f) => `${f.probe} ${f.sentence} ${f.mode}`,
  ).map((group) => newest(group)!);
  const told = latest.flatMap((fact) => {
    const proved = rules.filter((r) => r.probe !== undefined && r.probe === proofOf.get(fact.probe));
    const direct = proved.filter((r) => isAbout(r, fact));
    // A note about brokers at large is named where nothing else is.
    const about = direct.length > 0 ? direct : proved.filter((r) => r.kind === "note" && r.for === undefined);
    const verdict = fact.verdict === fact.expected ? ("supports" as const) : ("contradicts" as const);
    return about.length === 0 ? [] : [{ fact, verdict, about }];
  });
  return groupsOf(told, ({ fact, verdict }) =>
    [verdict, fact.probe, fact.sentence, fact.startedAt.slice(0, 10)].join(" "),
  ).map((group): BareRemark => {
    const [first, ...rest] = group;
    return {
      kind: "probe",
      verdict: first.verdict,
      rules: [...new Set(group.flatMap((g) => g.about.map((r) => r.id)))],
      facts: [first.fact, ...rest.map((g) => g.fact)],
    };
  });
}

/** It says something of this mode, in this version; what a veto says of some modes it denies of the others. */
function isAbout(rule: Rule, { mode, version }: ProbeFact): boolean {
  if (!isInGuard(rule.guard, mode, version)) return false;
  if (rule.kind === "score") return mode in rule.score;
  if (rule.kind === "note") return rule.for?.includes(mode) === true;
  return rule.kind === "gate" || rule.guard === undefined || rule.options.includes(mode);
}

function eachMode(
  runs: readonly RunFact[],
  of: (own: readonly RunFact[]) => BareRemark | undefined,
): readonly BareRemark[] {
  return groupsOf(runs, (r) => r.mode).flatMap((own) => of(own) ?? []);
}

function trapRemark({ rule, trap, set }: TrapCheck, runs: readonly RunFact[]): BareRemark | undefined {
  const fact = newest(
    runs.filter(
      (r) =>
        r.profile === trap &&
        r.prediction !== undefined &&
        !r.isOverloaded &&
        // A fault that did not bite was no trap, and neither is one whose setting was mended.
        r.faults.every((f) => f.bit) &&
        Object.entries(set).every(([path, value]) => r.setting(path) === value),
    ),
  );
  if (fact === undefined) return undefined;
  const verdict = (fact.findings.get(fact.prediction!) ?? 0) > 0 ? "supports" : "contradicts";
  return { kind: "trap", verdict, rules: [rule], facts: [fact] };
}

/** That something was not seen says nothing. */
function seenRemark(
  { rule, seen, fault }: Extract<EvidenceCheck, { seen: unknown }>,
  runs: readonly RunFact[],
): BareRemark | undefined {
  const fact = newest(
    runs.filter(
      (r) =>
        seen.some((code) => (r.findings.get(code) ?? 0) > 0) &&
        (fault === undefined || r.faults.some((f) => f.kind === fault && f.bit)),
    ),
  );
  return fact && { kind: "seen", verdict: "supports", rules: [rule], facts: [fact] };
}

/** One violation outweighs all that held. */
function guaranteeRemark(
  { rule, guarantee }: Extract<EvidenceCheck, { guarantee: unknown }>,
  runs: readonly RunFact[],
): BareRemark | undefined {
  const judged = runs.filter((r) => r.guarantee?.name === guarantee && !r.guarantee.isChanged);
  const violated = newest(judged.filter((r) => r.guarantee?.verdict === "violated"));
  if (violated) return { kind: "guarantee", verdict: "contradicts", rules: [rule], facts: [violated] };
  const held = judged
    .filter((r) => r.guarantee?.verdict === "held")
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  const [first, ...rest] = held;
  return first && { kind: "guarantee", verdict: "supports", rules: [rule], facts: [first, ...rest] };
}

function mostRemark(
  { rule, most }: Extract<EvidenceCheck, { most: unknown }>,
  runs: readonly RunFact[],
): BareRemark | undefined {
  const fact = runs
    .filter((r) => r.durability.copies !== "none" && (r.rate?.value ?? 0) > most)
    .sort((a, b) => b.rate!.value - a.rate!.value)
    .at(0);
  return fact && { kind: "most", verdict: "contradicts", rules: [rule], facts: [fact] };
}

/** The newest pair that had the same load: one remark for each pair of modes. */
function quickerRemarks(check: QuickerCheck, runs: readonly RunFact[]): readonly BareRemark[] {
  return check.quicker.flatMap((better) =>
    check.than.flatMap((worse): readonly BareRemark[] => {
      const pairs = runs
        .filter((r) => r.mode === better && isFit(check, r))
        .flatMap((a) =>
          runs
            .filter((b) => b.mode === worse && isFit(check, b) && isSameLoad(a, b))
            .map((b) => [a, b] as const),
        )
        .sort(([a1, b1], [a2, b2]) => ageOf(a2, b2) - ageOf(a1, b1));
      const [pair] = pairs;
      if (pair === undefined) return [];
      const verdict = verdictOf(check, pair[0], pair[1]);
      return verdict === undefined
        ? []
        : [{ kind: "quicker", verdict, rules: [check.rule], by: check.by, facts: pair }];
    }),
  );
}

function isFit({ by, upTo = Number.POSITIVE_INFINITY }: QuickerCheck, run: RunFact): boolean {
  return by === "rate"
    ? run.load === "closed" && run.rate !== undefined
    : run.p50 !== undefined && run.offeredPerS !== undefined && run.offeredPerS <= upTo;
}

function isSameLoad(a: RunFact, b: RunFact): boolean {
  const larger = Math.max(a.sizeBytes, b.sizeBytes);
  return (
    a.profile === b.profile &&
    a.load === b.load &&
    a.offeredPerS === b.offeredPerS &&
    a.partitions === b.partitions &&
    a.subscriptions === b.subscriptions &&
    larger <= SAME_SIZE * Math.min(a.sizeBytes, b.sizeBytes)
  );
}

/**
 * Who wins although its acknowledgement promises as much or more has won; who wins by promising less has not.
 * Undefined: no difference worth the name, or one that the harness may have made.
 */
function verdictOf({ by }: QuickerCheck, better: RunFact, worse: RunFact): BareRemark["verdict"] | undefined {
  const key = by === "rate" ? "rate" : "p50";
  const [a, b] = [better[key]!, worse[key]!];
  if (a.validity === "at-most" || b.validity === "at-most") return undefined;
  const ratio = by === "rate" ? a.value / b.value : b.value / a.value;
  if (ratio < MARGIN && ratio > 1 / MARGIN) return undefined;
  const [winner, loser] = ratio > 1 ? [better, worse] : [worse, better];
  if (!isAsDurable(promiseOf(winner), promiseOf(loser))) return "unlike";
  return ratio > 1 ? "supports" : "contradicts";
}

/** As old as the older of two. */
function ageOf(a: RunFact, b: RunFact): number {
  return Math.min(Date.parse(a.startedAt), Date.parse(b.startedAt));
}
