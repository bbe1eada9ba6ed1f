import type { GuaranteePlan, GuaranteeResult } from "../model/guarantee.ts";
import type { Finding, FindingCode } from "../model/result.ts";
import { formatCount } from "../model/units.ts";
import { unproven, unreadable, type VerdictEvidence } from "./open-questions.ts";

/** What a guarantee depends on beside its own words. */
export interface Promised {
  /** The stream's name is the run's own, so that nobody else can write to it. */
  readonly isOwnStream: boolean;
  /** The target promises each consumer order within a lane. */
  readonly isOrdered: boolean;
}

/** What may not be found in a run under this guarantee. */
export function forbiddenIn(guarantee: GuaranteePlan, p: Promised): readonly FindingCode[] {
  return guarantee.forbids.filter(
    (code) => (code !== "FOREIGN" || p.isOwnStream) && (code !== "REORDERED" || p.isOrdered),
  );
}

/**
 * Whether a run kept to its guarantee. What is forbidden and was found violates it, whether a fault met messages or
 * not; that nothing was found says something only where the faults did.
 */
export function judgeGuarantee(guarantee: GuaranteePlan, p: Promised, e: VerdictEvidence): GuaranteeResult {
  const codes = forbiddenIn(guarantee, p);
  const found = e.findings.filter((f) => f.count > 0);
  const forbidden = found.filter((f) => codes.includes(f.code));
  const allowed = found.filter((f) => guarantee.allows.includes(f.code));
  const result = (verdict: GuaranteeResult["verdict"], why: string): GuaranteeResult => ({
    name: guarantee.name,
    verdict,
    why,
    forbidden,
    allowed,
  });
  const noBooks = unreadable(e);
  if (noBooks !== undefined) return result("inconclusive", noBooks);
  if (forbidden.length > 0) return result("violated", `${listed(forbidden)} may not be`);
  const open = unproven(e);
  if (open !== undefined) return result("inconclusive", open);
  return result(
    "held",
    e.faults.length === 0
      ? "nothing that it forbids was found; no fault put it to the test"
      : "nothing that it forbids was found, and every fault met messages",
  );
}

/** The findings of a run as its guarantee sees them: what it allows is no failure. */
export function tolerated(findings: readonly Finding[], guarantee: GuaranteePlan): readonly Finding[] {
  return findings.map((f) =>
    f.severity === "fail" && guarantee.allows.includes(f.code) ? { ...f, severity: "warn" } : f,
  );
}

function listed(findings: readonly Finding[]): string {
  return findings.map((f) => `${f.code} (${formatCount(f.count)})`).join(", ");
}
