import { PREDICTABLE, type RowPlan, type RowResult } from "../model/guarantee.ts";
import type { FindingCode } from "../model/result.ts";
import { unproven, unreadable, type VerdictEvidence } from "./open-questions.ts";

/**
 * Holds a row's prediction against what was found. What nobody predicted contradicts it, also where the fault did
 * nothing; what should have been found and was not contradicts it only where the fault met messages.
 */
export function judgeRow(row: RowPlan, e: VerdictEvidence): RowResult {
  const noBooks = unreadable(e);
  if (noBooks !== undefined) return { verdict: "inconclusive", why: noBooks };
  const predictable: readonly FindingCode[] = PREDICTABLE;
  const found = new Set(e.findings.filter((f) => f.count > 0).map((f) => f.code));
  const known = [...row.must, ...row.may];
  const surprising = [...found].filter((code) => predictable.includes(code) && !known.includes(code));
  if (surprising.length > 0)
    return { verdict: "contradicts", why: `${surprising.join(", ")} must not be found` };
  const open = unproven(e);
  if (open !== undefined) return { verdict: "inconclusive", why: open };
  const absent = row.must.filter((code) => !found.has(code));
  if (absent.length > 0)
    return { verdict: "contradicts", why: `${absent.join(", ")} must be found, and was not` };
  return { verdict: "as predicted", why: "" };
}
