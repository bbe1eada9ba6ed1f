import type { FaultResult } from "../model/fault.ts";
import type { RunResult, Series } from "../model/result.ts";
import { formatDuration, formatRate, formatSize, threeDigits } from "../model/units.ts";
import { sparkline } from "./sparkline.ts";
import { alignTable, wrap } from "./table.ts";

/** Rates of the measure phase. */
export function rateLines({ rates }: RunResult): readonly string[] {
  const rows = [
    ...(rates.offered === null ? [] : [["asked for", formatRate(rates.offered), "by the schedule"]]),
    [
      "sent",
      formatRate(rates.sent),
      rates.achieved === null ? "" : `${percent(rates.achieved)} of what was asked for`,
    ],
    ["published", formatRate(rates.publish), `${formatSize(rates.publishBytes)}/s`],
    ["consumed", formatRate(rates.consume), "first sights, all subscriptions together"],
  ];
  return ["Rates (measure phase)", ...alignTable(rows, ["left", "right", "left"])];
}

/** Bars in a line: with its label and range it stays within 80 columns. */
const BARS = 40;

/** The measure phase over time; flat means steady. */
export function timeLines({ series, plan, steady, faults = [] }: RunResult): readonly string[] {
  if (series.t.length < 2) return [];
  const rows = [
    [
      "sent",
      sparkline(series.sent, BARS, "mean"),
      peak(series.sent, (v) => formatRate(v / series.intervalS)),
    ],
    [
      "consumed",
      sparkline(series.consumed, BARS, "mean"),
      peak(series.consumed, (v) => formatRate(v / series.intervalS)),
    ],
    [
      plan.load.loop === "closed" ? "e2e p99, saturated" : "e2e response p99",
      sparkline(series.e2eP99, BARS, "peak"),
      peak(series.e2eP99, formatDuration),
    ],
    ["backlog", sparkline(series.backlog, BARS, "peak"), peak(series.backlog, threeDigits)],
    ...faultRow(faults, series),
  ];
  const from = series.t[0]!;
  const to = series.t.at(-1)! + series.intervalS;
  return [
    `Over time (${threeDigits(from)}s to ${threeDigits(to)}s, from 0 to the peak)`,
    ...alignTable(rows, ["left", "left"]),
    ...(steady === undefined ? [] : wrap(`${STEADY[steady.verdict]}: ${steady.why}`)),
  ];
}

/** In which seconds something was done to the run on purpose. */
function faultRow(faults: readonly FaultResult[], { t, intervalS }: Series): readonly string[][] {
  const begun = faults.flatMap(({ kind, startNs, endNs }) =>
    startNs === null ? [] : [{ kind, fromS: startNs / 1e9, toS: (endNs ?? startNs) / 1e9 }],
  );
  if (begun.length === 0) return [];
  const marks = t.map((s) => (begun.some((f) => f.fromS < s + intervalS && f.toS > s) ? 1 : 0));
  return [
    [
      "fault",
      sparkline(marks, BARS, "peak"),
      begun.length === 1 ? begun[0]!.kind : `${begun.length} of them`,
    ],
  ];
}

const STEADY = {
  yes: "steady",
  cut: "steady only later",
  no: "never steady",
  unjudged: "steady or not is open",
} as const;

function peak(values: readonly (number | null)[], format: (v: number) => string): string {
  const some = values.filter((v) => v !== null);
  return some.length === 0 ? "no samples" : `peak ${format(Math.max(...some))}`;
}

/** Never rounds up to 100: `99.996 %` is not all. */
export function percent(share: number): string {
  const text = threeDigits(share * 100);
  return share < 1 && Number(text) >= 100 ? "> 99.9%" : `${text}%`;
}
