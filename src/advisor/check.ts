import { versionQuestion, versionsIn } from "./base.ts";
import { type Atom, atomsOf } from "./condition.ts";
import type { Claim, Knowledge, Question, Rule } from "./knowledge.ts";

/**
 * What is wrong with the knowledge as a whole, one sentence each, naming the rule: what a schema of its files cannot
 * see, because it is about one file naming what is in another.
 * @param today as `2026-11-21`; where it is given, nobody may have compared a rule with its sources later than that
 */
export function problemsOfKnowledge(
  knowledge: Knowledge,
  claims: readonly Claim[],
  today?: string,
): readonly string[] {
  const questions = new Map(knowledge.questions.map((q) => [q.id, q]));
  return [
    ...repeated(knowledge.rules.map((r) => r.id)).map((id) => `rule ${id}: the id is used twice`),
    ...repeated(knowledge.questions.flatMap((q) => [q.id, ...q.aliases])).map(
      (id) => `question ${id}: named twice`,
    ),
    ...knowledge.questions.flatMap(optionProblems),
    ...knowledge.rules.flatMap((rule) =>
      [
        ...conditionProblems(rule, questions),
        ...guardProblems(rule, questions),
        ...targetProblems(rule, knowledge),
        ...originProblems(rule, knowledge, claims),
        ...reviewProblems(rule, today),
      ].map((problem) => `rule ${rule.id}: ${problem}`),
    ),
    ...settingProblems(knowledge, questions),
    ...contradictions(knowledge).map(([rule, problem]) => `rule ${rule}: ${problem}`),
  ];
}

function repeated(ids: readonly string[]): readonly string[] {
  return [...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))];
}

function optionProblems(question: Question): readonly string[] {
  const ids = question.options.map((o) => o.id);
  return [
    ...repeated(question.options.flatMap((o) => [o.id, ...o.aliases])).map(
      (id) => `question ${question.id}: option ${id} is named twice`,
    ),
    ...(question.assume === undefined || ids.includes(question.assume)
      ? []
      : [`question ${question.id}: assumes ${question.assume}, which is none of ${ids.join(", ")}`]),
    ...[...(question.tick ?? []), ...(question.blank === undefined ? [] : [question.blank])]
      .filter((id) => !ids.includes(id))
      .map((id) => `question ${question.id}: a tick means ${id}, which is none of ${ids.join(", ")}`),
  ];
}

/** Of what is set, and of the profiles that resemble jobs. */
function settingProblems(
  { settings, resembling, modes, sources }: Knowledge,
  questions: ReadonlyMap<string, Question>,
): readonly string[] {
  const modeIds = modes.map((m) => m.id);
  const sourceIds = sources.map((s) => s.id);
  return [
    ...repeated(settings.map((s) => s.id)).map((id) => `setting ${id}: the id is used twice`),
    ...settings.flatMap((s) =>
      s.sources
        .filter((id) => !sourceIds.includes(id))
        .map((id) => `setting ${s.id}: there is no source ${id}`),
    ),
    ...[...settings, ...resembling].flatMap((entry) => {
      const name = "id" in entry ? `setting ${entry.id}` : `profile ${entry.profile}`;
      return [
        ...(entry.modes ?? []).filter((id) => !modeIds.includes(id)).map((id) => `there is no mode ${id}`),
        ...(entry.when === undefined ? [] : atomsOf(entry.when)).flatMap((a) => unknownIn(a, questions)),
      ].map((problem) => `${name}: ${problem}`);
    }),
  ];
}

/** A question, or options of it, that there are not. */
function unknownIn(atom: Atom, questions: ReadonlyMap<string, Question>): readonly string[] {
  const ids = questions.get(atom.q)?.options.map((o) => o.id);
  if (ids === undefined) return [`there is no question ${atom.q}`];
  return atom.in
    .filter((id) => !ids.includes(id))
    .map((id) => `${atom.q} has no option ${id}, only ${ids.join(", ")}`);
}

function conditionProblems(rule: Rule, questions: ReadonlyMap<string, Question>): readonly string[] {
  return atomsOf(rule.when).flatMap((atom) => {
    const ids = questions.get(atom.q)?.options.map((o) => o.id) ?? [];
    const unknown = unknownIn(atom, questions);
    if (ids.length === 0) return unknown;
    // Knowing more may not take back a veto or a point.
    const isNegated = atom.isNegated && (rule.kind === "veto" || rule.kind === "score");
    return [
      ...unknown,
      ...(isNegated ? [`a ${rule.kind} may not depend on "not ${atom.q}"`] : []),
      ...(ids.every((id) => atom.in.includes(id)) ? [`holds for every ${atom.q}`] : []),
    ];
  });
}

function guardProblems(rule: Rule, questions: ReadonlyMap<string, Question>): readonly string[] {
  return Object.entries(rule.guard ?? {}).flatMap(([system, range]) => {
    const question = questions.get(versionQuestion(system));
    if (question === undefined) return [`there is no question ${versionQuestion(system)}`];
    const versions = versionsIn(question, range);
    if (versions === undefined)
      return [`${range} is not >= or < one of ${question.options.map((o) => o.id).join(", ")}`];
    return versions.length === 0 ? [`no version of ${system} is ${range}`] : [];
  });
}

function targetProblems(rule: Rule, { modes, outcomes }: Knowledge): readonly string[] {
  const modeIds = modes.map((m) => m.id);
  const outcomeIds = outcomes.map((o) => o.id);
  switch (rule.kind) {
    case "gate":
      return outcomeIds.includes(rule.outcome) ? [] : [`there is no outcome ${rule.outcome}`];
    case "veto":
      return rule.options.filter((id) => !modeIds.includes(id)).map((id) => `there is no mode ${id}`);
    case "score":
      return Object.keys(rule.score)
        .filter((id) => !modeIds.includes(id))
        .map((id) => `there is no mode ${id}`);
    case "note":
      return (rule.for ?? [])
        .filter((id) => id !== "both" && !modeIds.includes(id) && !outcomeIds.includes(id))
        .map((id) => `there is no mode or outcome ${id}`);
  }
}

function originProblems(
  rule: Rule,
  { sources, proofs }: Knowledge,
  claims: readonly Claim[],
): readonly string[] {
  const sourceIds = new Set(sources.map((s) => s.id));
  const claimIds = new Set(claims.map((c) => c.id));
  return [
    ...rule.sources.filter((id) => !sourceIds.has(id)).map((id) => `there is no source ${id}`),
    ...rule.claims.filter((id) => !claimIds.has(id)).map((id) => `there is no claim ${id}`),
    ...(rule.sources.length + rule.claims.length === 0 ? ["it has neither a source nor a claim"] : []),
    ...(rule.probe === undefined || proofs.some((p) => p.id === rule.probe)
      ? []
      : [`there is no proof ${rule.probe}`]),
  ];
}

function reviewProblems({ reviewed }: Rule, today: string | undefined): readonly string[] {
  const day = new Date(`${reviewed}T00:00:00Z`);
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== reviewed)
    return [`there is no day ${reviewed}`];
  return today !== undefined && reviewed > today ? [`was reviewed on ${reviewed}, after ${today}`] : [];
}

/** A mode that one answer both rules out and gives points to. */
function contradictions({ rules }: Knowledge): readonly (readonly [string, string])[] {
  const vetoes = rules.filter((r) => r.kind === "veto");
  return rules
    .filter((r) => r.kind === "score")
    .flatMap((score) =>
      vetoes.flatMap((veto) =>
        veto.options
          .filter((id) => (score.score[id] ?? 0) > 0 && meet(score, veto))
          .map((id) => [score.id, `gives ${id} points for what ${veto.id} rules it out for`] as const),
      ),
    );
}

/** One answer fires both, in the same version. */
function meet(score: Rule, veto: Rule): boolean {
  const vetoed = atomsOf(veto.when);
  return (
    !areApart(score.guard ?? {}, veto.guard ?? {}) &&
    atomsOf(score.when).some((a) => vetoed.some((v) => v.q === a.q && v.in.some((id) => a.in.includes(id))))
  );
}

/** Versions from one on, and versions before it. */
function areApart(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  return Object.entries(a).some(([system, range]) => {
    const other = b[system];
    const turned = range.startsWith("<") ? `>=${range.slice(1)}` : `<${range.slice(2)}`;
    return other === turned;
  });
}
