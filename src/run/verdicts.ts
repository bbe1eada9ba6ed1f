import type { Capabilities } from "../drivers/driver.ts";
import type { FaultResult } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import type { Finding, RunResult } from "../model/result.ts";
import { judgeGuarantee, tolerated } from "../verify/guarantee.ts";
import type { Judgement } from "../verify/judge.ts";
import { judgeRow } from "../verify/row.ts";
import { promisesOrder } from "./promised-order.ts";

interface Judged {
  readonly plan: Plan;
  readonly capabilities: Capabilities;
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
  const promised = { isOwnStream: stream.name === undefined, isOrdered: promisesOrder(capabilities, plan) };
  return {
    findings: guarantee === undefined ? findings : tolerated(findings, guarantee),
    ...(guarantee === undefined ? {} : { guarantee: judgeGuarantee(guarantee, promised, evidence) }),
    ...(row === undefined ? {} : { row: judgeRow(row, evidence) }),
  };
}
