import type { FaultResult } from "../model/fault.ts";
import type { Finding } from "../model/result.ts";

/** What a verdict about a guarantee rests on. */
export interface VerdictEvidence {
  readonly findings: readonly Finding[];
  readonly faults: readonly FaultResult[];
  /** The run came to its planned end. */
  readonly isFinished: boolean;
  /** Every message is accounted for. */
  readonly closes: boolean;
}

/** Why a run's books say nothing about messages, neither good nor bad; undefined where they can be read. */
export function unreadable({ isFinished, closes }: VerdictEvidence): string | undefined {
  if (!closes) return "the ledger does not close";
  return isFinished ? undefined : "the run ended before its time";
}

/** Why a run that shows nothing bad shows nothing good either; undefined where it does. */
export function unproven({ findings, faults }: VerdictEvidence): string | undefined {
  if (findings.some((f) => f.code === "UNDELIVERED"))
    return "messages were undelivered when the drain ended, so there is no verdict on loss";
  const idle = faults.filter((f) => !f.bit).map((f) => f.kind);
  if (idle.length > 0) return `${[...new Set(idle)].join(" and ")} did not bite`;
  return undefined;
}
