import { messageOf, UserError } from "../model/errors.ts";
import { decodeHistogram, toHistogram } from "./histogram.ts";
import type { Report } from "./report.ts";

/** Values are recorded in ns and plotted in ms. */
const NS_PER_MS = 1e6;
const TICKS_PER_HALF_DISTANCE = 5;

/**
 * The percentile distribution of one latency, byte for byte as Java's `outputPercentileDistribution(out, 5, 1e6)`
 * writes it. hdr-histogram-js differs in one place: its maximum is not the highest equivalent value.
 */
export const hgrmReport: Report = {
  name: "hgrm",
  summary: "HDR percentile distribution of one latency (--metric) in ms; for the HdrHistogram plotter",
  takesSeveral: false,
  render([run], { metric }) {
    const latency = run!.result.latency[metric];
    if (latency === undefined || latency.count === 0)
      throw new UserError(`the run ${run!.result.run.id} has no samples of ${metric}`, {
        code: "NO_SUCH_LATENCY",
        hints: [`It has: ${Object.keys(run!.result.latency).join(", ") || "none"}.`],
      });
    const histogram = toHistogram(decoded(run!.result.run.id, metric, latency.histogram.data));
    const max = (histogram.getValueAtPercentile(100) / NS_PER_MS).toFixed(3).padStart(12);
    return histogram
      .outputPercentileDistribution(TICKS_PER_HALF_DISTANCE, NS_PER_MS)
      .replace(/#\[Max {5}= +[\d.]+/, `#[Max     = ${max}`);
  },
};

function decoded(id: string, metric: string, data: string): Float64Array {
  try {
    return decodeHistogram(data);
  } catch (cause) {
    throw new UserError(`the run ${id} has a damaged histogram of ${metric}: ${messageOf(cause)}`, {
      code: "DAMAGED_HISTOGRAM",
      hints: ["Take the run.json from a backup, or run again: the other reports do not need the histogram."],
      cause,
    });
  }
}
