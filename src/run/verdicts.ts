import type { Capabilities } from "../drivers/driver.ts";
import type { FaultResult } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import type { Finding, RunResult } from "../model/result.ts";
import { judgeGuarantee, tolerated } from "../verify/guarantee.ts";
import { type Judgement, judge } from "../verify/judge.ts";
import { judgeRow } from "../verify/row.ts";
import type { Recording } from "./conductor.ts";
import type { Tally } from "./tally.ts";

interface Judged {
  readonly plan: Plan;
  readonly capabilities: Capabilities;
}

/** The closed account of a run. */
export function judged({ plan, capabilities }: Judged, { tally, drain }: Recording): Judgement {
  const arrivals = tally.arrivals();
  const sum = (of: (p: Tally["producers"][number]) => number): number =>
    tally.producers.reduce((n, p) => n + of(p), 0);
  return judge({
    plan,
    totals: tally.ledger.totals,
    verdicts: tally.ledger.verdict(arrivals),
    reorderedExamples: arrivals.map((a) => a.reorderedExamples),
    lateAnswers: sum((p) => p.late),
    bytesOffered: sum((p) => p.bytes),
    settled: drain.kind !== "bound",
    ordered: capabilities.order === "lane",
  });
}

/** What its findings say about the run's guarantee and its row, and the findings as the guarantee sees them. */
export function verdictsOf(
  { plan, capabilities }: Judged,
  { findings, closes }: Judgement,
  faults: readonly FaultResult[],
  isFinished: boolean,
): { readonly findings: readonly Finding[] } & Pick<RunResult, "guarantee" | "row"> {
  const { guarantee, row, stream } = plan;
  const evidence = { findings, faults, isFinished, closes };
  const promised = { isOwnStream: stream.name === undefined, isOrdered: capabilities.order === "lane" };
  return {
    findings: guarantee === undefined ? findings : tolerated(findings, guarantee),
    ...(guarantee === undefined ? {} : { guarantee: judgeGuarantee(guarantee, promised, evidence) }),
    ...(row === undefined ? {} : { row: judgeRow(row, evidence) }),
  };
}
