import type { FaultResult } from "../model/fault.ts";
import type { NotRecovered, SideCost } from "../model/fault-cost.ts";
import type { RunResult } from "../model/result.ts";
import { formatCount, formatDuration } from "../model/units.ts";
import { faultName } from "./fault-spikes.ts";
import { sparkline } from "./sparkline.ts";
import { paint, type Style } from "./style.ts";
import { fitTable, WIDTH, wrap } from "./table.ts";

/** What each fault that bit cost, and the run drawn with its faults marked. */
export function faultCostLines(result: RunResult, style: Style): readonly (readonly string[])[] {
  return [costTable(result), drawnLines(result, style)];
}

const WHY: Readonly<Record<NotRecovered, string>> = {
  "next-fault": "the next fault began before",
  "run-over": "the run was over before",
  "nothing-before": "nothing came before it to compare with",
};

function costTable({ faults = [] }: RunResult): readonly string[] {
  const bitten = faults.flatMap((fault) => (fault.cost ? [{ fault, cost: fault.cost }] : []));
  if (bitten.length === 0) return [];
  const heads = ["", "detect", "no acks", "no sights", "again", "recovery", "e2e max", "unseen"];
  const rows = bitten.map(({ fault, cost }) => [
    `${formatDuration(fault.startNs ?? 0)} ${fault.kind}`,
    span(cost.detectNs),
    outage(cost.publish),
    outage(cost.consume),
    formatCount(cost.repeats),
    cost.recoveryNs === null ? "never" : formatDuration(cost.recoveryNs),
    span(cost.consume?.worstNs ?? null),
    span(cost.ackToVisibleNs),
  ]);
  return [
    "What they cost",
    ...fitTable([heads, ...rows], ["left", "right"]),
    ...bitten.flatMap(({ fault, cost }) => [
      ...(cost.detectedBy === undefined ? [] : wrap(`${faultName(fault)} was noticed: ${cost.detectedBy}`)),
      ...(cost.notRecovered === undefined
        ? []
        : wrap(`${faultName(fault)} has no recovery time: ${WHY[cost.notRecovered]}`)),
    ]),
  ];
}

function outage(side: SideCost | null): string {
  return side === null ? "–" : side.withoutNs === 0 ? "none" : formatDuration(side.withoutNs);
}

function span(ns: number | null): string {
  return ns === null ? "–" : formatDuration(ns);
}

const LABEL = 11;

/** Three lines of bars, and below them where the faults were; where nothing came there is no bar. */
function drawnLines({ faultSeries, faults = [] }: RunResult, style: Style): readonly string[] {
  if (faultSeries === undefined || faultSeries.acked.length === 0) return [];
  const { startNs, intervalNs, acked, seen, e2eMax } = faultSeries;
  const width = Math.min(WIDTH - LABEL - 2, acked.length);
  const endNs = startNs + intervalNs * acked.length;
  const line = (name: string, bars: string): string => `  ${name.padEnd(LABEL)}${bars}`.trimEnd();
  const rates = (counts: readonly number[]): string =>
    sparkline(
      counts.map((n) => n || null),
      width,
      "mean",
    );
  // As the bars share their values out.
  const column = (ns: number): number =>
    Math.ceil(((Math.floor((ns - startNs) / intervalNs) + 1) * width) / acked.length) - 1;
  const marks = Array.from({ length: width }, (_, i) => (faults.some((f) => isAt(f, i, column)) ? "^" : " "));
  return [
    `The measure phase, ${formatDuration((endNs - startNs) / width)} a column`,
    ...(acked.some((n) => n > 0) ? [line("acked", rates(acked))] : []),
    line("first seen", rates(seen)),
    line("e2e max", sparkline(e2eMax, width, "peak")),
    paint(line("fault", marks.join("")), "warn", style),
  ];
}

function isAt({ startNs, endNs }: FaultResult, i: number, column: (ns: number) => number): boolean {
  return startNs !== null && i >= column(startNs) && i <= column(endNs ?? startNs);
}
