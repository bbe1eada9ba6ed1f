import { LATENCIES } from "../model/metric.ts";
import type { RunResult } from "../model/result.ts";

/**
 * HDR interval logs, version 1.3: what HistogramLogAnalyzer, HistogramLogProcessor and the libraries of every
 * language read. Values are ns and Interval_Max is ms, because the viewers assume a ratio of 1 000 000.
 */

/** Ns in the unit of Interval_Max. */
const MAX_RATIO = 1e6;

/** The four lines that a log begins with. Java's own date format: viewers take the time zone from it. */
export function hlogHeader(startedAt: Date): string {
  return [
    "#[Logged with mqbench]",
    "#[Histogram log format version 1.3]",
    `#[StartTime: ${seconds(startedAt.getTime() / 1e3)} (seconds since epoch), ${javaDate(startedAt)}]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    "",
  ].join("\n");
}

/**
 * One interval.
 * @param tag must not contain a comma, a space or a line end: Java's reader silently skips such lines
 * @param startS seconds since the log's StartTime
 * @param encoded of `encodeHistogram`
 * @throws Error for such a tag
 */
export function hlogLine(
  tag: string,
  startS: number,
  lengthS: number,
  maxNs: number,
  encoded: string,
): string {
  if (!/^[^,\s]+$/.test(tag)) throw new Error(`"${tag}" cannot be the tag of an interval log`);
  return `Tag=${tag},${seconds(startS)},${seconds(lengthS)},${seconds(maxNs / MAX_RATIO)},${encoded}\n`;
}

/** A log of one interval a metric, from a run's totals: for a run whose intervals.hlog is gone. */
export function hlogOfTotals(result: RunResult): string {
  const measure = result.phases.find((p) => p.name === "measure");
  const startNs = measure?.startNs ?? 0;
  const lengthNs = (measure?.endNs ?? startNs) - startNs;
  const lines = LATENCIES.flatMap((name) => {
    const l = result.latency[name];
    return l === undefined ? [] : [hlogLine(name, startNs / 1e9, lengthNs / 1e9, l.max, l.histogram.data)];
  });
  return hlogHeader(new Date(result.run.startedAt)) + lines.join("");
}

function seconds(value: number): string {
  return value.toFixed(3);
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `EEE MMM dd HH:mm:ss zzz yyyy`, in UTC and English whatever the machine's locale is. */
function javaDate(at: Date): string {
  const day = String(at.getUTCDate()).padStart(2, "0");
  const clock = at.toISOString().slice(11, 19);
  return `${DAYS[at.getUTCDay()]} ${MONTHS[at.getUTCMonth()]} ${day} ${clock} UTC ${at.getUTCFullYear()}`;
}
