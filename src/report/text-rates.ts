import type { RunResult } from "../model/result.ts";
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
export function timeLines({ series, plan, steady }: RunResult): readonly string[] {
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
  ];
  const from = series.t[0]!;
  const to = series.t.at(-1)! + series.intervalS;
  return [
    `Over time (${threeDigits(from)}s to ${threeDigits(to)}s, from 0 to the peak)`,
    ...alignTable(rows, ["left", "left"]),
    ...(steady === undefined ? [] : wrap(`${STEADY[steady.verdict]}: ${steady.why}`)),
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
