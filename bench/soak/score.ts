import type { FaultResult } from "../../src/model/fault.ts";
import type { FindingCode, RunResult } from "../../src/model/result.ts";
import type { Cell } from "./cells.ts";

/** What one run of a cell has shown; each injection counts by itself. */
export interface Score {
  readonly injections: number;
  readonly bit: number;
  /** Findings that the configuration must not have, and ends that a run must not have. */
  readonly wrong: readonly string[];
  /** Of a control, and of injections that bit: those that can be told, and those that showed the anomaly. */
  readonly told: number;
  readonly shown: number;
}

/** Says nothing about messages. */
const NEVER_STEADY: FindingCode = "NEVER_STEADY";
/** A lost message is one that was due shortly before the fault, or while it lasted. */
const BEFORE_NS = 1e9;
const AFTER_NS = 300e6;

/** Scores a run; pure. */
export function scoreOf(cell: Pick<Cell, "may" | "shows">, result: RunResult): Score {
  const { findings, exit, faults = [] } = result;
  const wrong = [
    ...findings
      .filter((f) => f.code !== NEVER_STEADY && !cell.may.includes(f.code))
      .map((f) => `${f.code} ${f.count}`),
    // Missed rates are no verdict on messages, and a guarantee that failed is among the findings.
    ...exit.reasons
      .filter(({ kind }) => kind !== "threshold" && kind !== "guarantee")
      .map(({ kind, message }) => `${kind}: ${message}`),
  ];
  const bitten = faults.filter((f) => f.bit);
  const shows = bitten.map((f) =>
    cell.shows === undefined
      ? undefined
      : isExact(bitten, cell.shows, result) || showsOf(f, cell.shows, result),
  );
  return {
    injections: faults.length,
    bit: bitten.length,
    wrong,
    told: shows.filter((s) => s !== undefined).length,
    shown: shows.filter((s) => s === true).length,
  };
}

/** What was lost is what the kills had at hand by their journals: then each of them has lost its own. */
function isExact(bitten: readonly FaultResult[], code: FindingCode, { findings }: RunResult): boolean {
  const atHand = bitten.reduce((n, f) => n + f.evidence.inFlight, 0);
  const count = findings.find((f) => f.code === code)?.count;
  return code === "LOST" && bitten.every((f) => f.kind === "crash") && count === atHand;
}

/** @returns undefined where the examples that a finding has do not reach so far */
function showsOf(fault: FaultResult, code: FindingCode, result: RunResult): boolean | undefined {
  if (code === "REDELIVERED") return (fault.cost?.repeats ?? 0) > 0;
  const finding = result.findings.find((f) => f.code === code);
  if (finding === undefined) return false;
  const due = finding.examples.map(({ sequence }) => dueNs(sequence, result));
  const fromNs = fault.startNs! - BEFORE_NS;
  const toNs = (fault.endNs ?? fault.startNs!) + AFTER_NS;
  if (due.some((ns) => ns >= fromNs && ns <= toNs)) return true;
  return finding.count > due.length && fromNs > Math.max(...due) ? undefined : false;
}

/** By the schedule of one producer of one partition, as the cells have it. */
function dueNs(sequence: number, { plan: { load } }: RunResult): number {
  const rate = load.loop === "open" && load.schedule.kind === "uniform" ? load.schedule.ratePerS : 0;
  return (sequence / rate) * 1e9;
}
