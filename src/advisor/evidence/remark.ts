import type { ProbeFact, RunFact } from "./fact.ts";

/**
 * `supports`, `contradicts`: a rule; `enough`, `short`: for what an answer needs; `shows`: a number beside it, that
 * decides nothing; `unlike`: seen, but under settings that do not compare.
 */
export type RemarkVerdict = "supports" | "contradicts" | "enough" | "short" | "shows" | "unlike";

interface RemarkBase {
  readonly verdict: RemarkVerdict;
  /** Of each fact, the version that was answered or assumed, where another one was measured. */
  readonly otherVersions: readonly (string | undefined)[];
  /** It is about the recommended mode (or one of those that are as good). */
  readonly isRecommended: boolean;
}

/** What measurements say of one thing. */
export type Remark =
  | (RemarkBase & { readonly kind: "summary"; readonly facts: readonly [RunFact] })
  | (RemarkBase & {
      readonly kind: "rate";
      readonly facts: readonly [RunFact];
      readonly neededPerS: number;
      /** `most`: as fast as it went; `least`: it was not asked for more. */
      readonly bound: "most" | "least";
    })
  | (RemarkBase & {
      readonly kind: "overloaded";
      readonly facts: readonly [RunFact];
      readonly neededPerS: number;
    })
  | (RemarkBase & {
      readonly kind: "weaker";
      readonly facts: readonly [RunFact];
      readonly neededPerS: number;
    })
  | (RemarkBase & {
      readonly kind: "latency";
      readonly facts: readonly [RunFact];
      readonly neededMs: number;
      /** Why it settles nothing: at a lower rate than is needed, or the harness may have made the difference. */
      readonly unsettled?: "rate" | "harness";
    })
  | (RemarkBase & {
      readonly kind: "probe";
      readonly rules: readonly string[];
      readonly facts: readonly [ProbeFact, ...ProbeFact[]];
    })
  | (RemarkBase & {
      readonly kind: "trap" | "seen" | "guarantee" | "most";
      readonly rules: readonly string[];
      readonly facts: readonly [RunFact, ...RunFact[]];
    })
  | (RemarkBase & {
      readonly kind: "quicker";
      readonly rules: readonly string[];
      readonly by: "rate" | "latency";
      /** The one that the rule calls better, and the other. */
      readonly facts: readonly [RunFact, RunFact];
    });

/** The rules that a remark is about. */
export function rulesOf(remark: BareRemark): readonly string[] {
  return "rules" in remark ? remark.rules : [];
}

/** A rule that does not hold here, or a recommended mode that falls short: what nobody may overlook. */
export function isDisagreement({ verdict, isRecommended }: Remark): boolean {
  return verdict === "contradicts" || (verdict === "short" && isRecommended);
}

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** Before it is known of which flow it is said. */
export type BareRemark = Without<Remark, "otherVersions" | "isRecommended">;
