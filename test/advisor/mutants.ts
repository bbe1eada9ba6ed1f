import { atomsOf, type Condition } from "../../src/advisor/condition.ts";
import type { GateRule, Knowledge, Rule } from "../../src/advisor/knowledge.ts";

/** The rules with one of them broken in one way. */
export interface Mutant {
  readonly rule: string;
  /** What was done to it. */
  readonly how: string;
  /** `break`: it no longer says what it says; `shade`: only the points of one of its modes are gone. */
  readonly depth: "break" | "shade";
  readonly rules: readonly Rule[];
}

/** A rule that is broken; undefined: it is gone. */
type Change = readonly [how: string, changed: Rule | undefined, depth?: Mutant["depth"]];

/**
 * Every rule broken in every way: left out, turned round, with one of its conditions, options, versions or targets
 * gone, and with the points of one mode gone.
 */
export function mutantsOf({ rules, modes }: Knowledge): readonly Mutant[] {
  const all = modes.map((m) => m.id);
  const gates = rules.filter((r) => r.kind === "gate");
  return rules.flatMap((rule) =>
    [...changesOf(rule), ...effectsOf(rule, all, gates)].map(
      ([how, changed, depth = "break"]): Mutant => ({
        rule: rule.id,
        how,
        depth,
        rules: rules.flatMap((r) => (r === rule ? (changed === undefined ? [] : [changed]) : [r])),
      }),
    ),
  );
}

/** What any rule can lose. */
function changesOf(rule: Rule): readonly Change[] {
  const { guard: _, ...unguarded } = rule;
  return [
    ["left out", undefined],
    ["holds where it should not", { ...rule, when: { not: rule.when } }],
    ...shrunk(rule.when).map(([how, when]): Change => [how, { ...rule, when }]),
    ...(rule.guard === undefined ? [] : [["for every version", unguarded] as Change]),
  ];
}

/** What the effect of its kind can lose. */
function effectsOf(rule: Rule, modes: readonly string[], gates: readonly GateRule[]): readonly Change[] {
  switch (rule.kind) {
    case "gate":
      // The order is of no consequence for gates that are never open together.
      return gates.some((g) => g.rank > rule.rank && g.outcome !== rule.outcome && canMeet(rule, g))
        ? [["the last of all gates", { ...rule, rank: Math.max(...gates.map((g) => g.rank)) + 1 }]]
        : [];
    case "veto":
      return [
        ["rules out the others", { ...rule, options: modes.filter((m) => !rule.options.includes(m)) }],
        ...rule.options.map(
          (id): Change => [`lets ${id} pass`, { ...rule, options: rule.options.filter((o) => o !== id) }],
        ),
      ];
    case "score": {
      const points = Object.entries(rule.score);
      const turned = Object.fromEntries(points.map(([id, p]) => [id, -p]));
      return [
        ["points turned round", { ...rule, score: turned }],
        ...points
          .filter(() => points.length > 1)
          .map(
            ([id]): Change => [
              `no points for ${id}`,
              { ...rule, score: Object.fromEntries(points.filter(([other]) => other !== id)) },
              "shade",
            ],
          ),
      ];
    }
    case "note": {
      const { for: whom, ...toAll } = rule;
      return whom === undefined ? [] : [["said to everybody", toAll]];
    }
  }
}

/** Some answers open both, as far as each question by itself tells. */
function canMeet(a: GateRule, b: GateRule): boolean {
  const atoms = [...atomsOf(a.when), ...atomsOf(b.when)];
  return [...new Set(atoms.map((atom) => atom.q))].every((q) => {
    const own = atoms.filter((atom) => atom.q === q);
    const needed = own.filter((atom) => !atom.isNegated).map((atom) => atom.in);
    const refused = own.filter((atom) => atom.isNegated).flatMap((atom) => atom.in);
    const [first, ...rest] = needed;
    return (
      first === undefined || first.some((id) => rest.every((r) => r.includes(id)) && !refused.includes(id))
    );
  });
}

/** The condition with one of its parts, or one of its options, gone. */
function shrunk(when: Condition): readonly (readonly [string, Condition])[] {
  if ("q" in when)
    return when.in.length < 2
      ? []
      : when.in.map((id) => [`not for ${when.q} ${id}`, { q: when.q, in: when.in.filter((o) => o !== id) }]);
  if ("not" in when)
    return shrunk(when.not).map(([how, inner]) => [`${how} as an exception`, { not: inner }]);
  const parts = "all" in when ? when.all : when.any;
  const rebuilt = (some: readonly Condition[]): Condition => ("all" in when ? { all: some } : { any: some });
  return parts.flatMap((part, i) => [
    [`without ${JSON.stringify(part)}`, rebuilt(parts.filter((_, j) => j !== i))] as const,
    ...shrunk(part).map(
      ([how, inner]) => [how, rebuilt(parts.map((p, j) => (j === i ? inner : p)))] as const,
    ),
  ]);
}
