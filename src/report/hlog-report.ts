import { hlogOfTotals } from "./hlog.ts";
import type { Report } from "./report.ts";

/** The interval log as it was written while the run went on. */
export const hlogReport: Report = {
  name: "hlog",
  summary: "HDR interval log 1.3, one tag a latency (ns); for HistogramLogAnalyzer and its like",
  takesSeveral: false,
  needsLog: true,
  render: ([run]) => run!.log ?? hlogOfTotals(run!.result),
};
