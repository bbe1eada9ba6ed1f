import { type ExitReason, exitCode } from "../model/exit.ts";
import type { RunResult } from "../model/result.ts";

/** The runs are rows of a matrix: predictions decide, and not each run's own verdict. */
export function isMatrix(results: readonly RunResult[]): boolean {
  return results.some((r) => r.plan.row !== undefined);
}

/**
 * The exit code of a matrix: 1 where a row contradicts its prediction, and 5 for an inconclusive one if asked for. A
 * run that broke its guarantee as predicted is no failure; a bug, or a signal, is one whatever was predicted.
 */
export function matrixExit(results: readonly RunResult[], isStrict: boolean): number {
  return exitCode(results.flatMap((r) => reasonsOf(r, isStrict)));
}

function reasonsOf(result: RunResult, isStrict: boolean): readonly ExitReason[] {
  const { row, plan, exit } = result;
  const name = `${plan.row?.configuration} under ${plan.row?.fault} on ${result.target.name}`;
  const grave = exit.reasons.filter(({ kind }) => kind === "bug" || kind === "sigint" || kind === "sigterm");
  if (row?.verdict === "contradicts")
    return [...grave, { kind: "guarantee", message: `${name} contradicts its prediction: ${row.why}` }];
  if (row?.verdict === "inconclusive" && isStrict)
    return [...grave, { kind: "inconclusive", message: `${name} is inconclusive: ${row.why}` }];
  return grave;
}
