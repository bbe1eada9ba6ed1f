import type { AgentResult, DepthSeries } from "../model/harness.ts";
import type { RunResult, Series } from "../model/result.ts";

/** run.json stays below 1 MB: with six histograms, 600 intervals of nine values and this many events it does. */
export const MAX_INTERVALS = 600;
const MAX_EVENTS = 500;
/** Of all agents together. */
const MAX_AGENT_INTERVALS = 2 * MAX_INTERVALS;

/**
 * A result that fits: at most {@link MAX_INTERVALS} intervals, then they widen, and at most 500 events, the
 * first and the last of them. intervals.hlog keeps every second.
 */
export function fitted(result: RunResult): RunResult {
  const { series, harness, events, depth } = result;
  const left = events.length - MAX_EVENTS;
  return {
    ...result,
    series: widen(series),
    harness: {
      ...harness,
      agents: harness.agents.map((a) => ({
        ...a,
        rssBytes: shrink(a.rssBytes, factorOf(a.rssBytes.length), last),
        ...(a.series === undefined ? {} : { series: widenAgent(a.series, harness.agents.length) }),
      })),
    },
    ...(depth === undefined ? {} : { depth: thinned(depth) }),
    events:
      left <= 0
        ? events
        : [
            ...events.slice(0, MAX_EVENTS / 2),
            { ...events[MAX_EVENTS / 2]!, source: "mqbench", kind: "omitted", detail: `${left} events` },
            ...events.slice(-MAX_EVENTS / 2),
          ],
  };
}

/**
 * Merges neighbouring intervals until there are at most `most`. Counts add up and the backlog is the last one.
 * Percentiles cannot be merged: the widened p50 is the middle one, p99 and max are the largest, which is an
 * upper bound.
 */
export function widen(series: Series, most: number = MAX_INTERVALS): Series {
  const n = factorOf(series.t.length, most);
  if (n === 1) return series;
  return {
    intervalS: series.intervalS * n,
    t: shrink(series.t, n, (v) => v[0]!),
    sent: shrink(series.sent, n, sum),
    published: shrink(series.published, n, sum),
    consumed: shrink(series.consumed, n, sum),
    e2eP50: shrink(series.e2eP50, n, present(middle)),
    e2eP99: shrink(series.e2eP99, n, present(largest)),
    e2eMax: shrink(series.e2eMax, n, present(largest)),
    backlog: shrink(series.backlog, n, last),
  };
}

function thinned({ t, messages }: DepthSeries): DepthSeries {
  const n = factorOf(t.length);
  return { t: shrink(t, n, last), messages: shrink(messages, n, largest) };
}

/** Rates are averaged over the widened interval, hiccups are the longest in it. */
function widenAgent(
  s: NonNullable<AgentResult["series"]>,
  agents: number,
): NonNullable<AgentResult["series"]> {
  const n = factorOf(s.cpuNs.length, Math.max(1, Math.floor(MAX_AGENT_INTERVALS / agents)));
  return {
    hiccupMaxNs: shrink(s.hiccupMaxNs, n, largest),
    loopUtilisation: shrink(s.loopUtilisation, n, mean),
    gcNs: shrink(s.gcNs, n, mean),
    coreWaitNs: shrink(s.coreWaitNs, n, mean),
    cpuNs: shrink(s.cpuNs, n, mean),
  };
}

function factorOf(length: number, most = MAX_INTERVALS): number {
  return Math.max(1, Math.ceil(length / most));
}

function shrink<T>(values: readonly T[], n: number, join: (part: readonly T[]) => T): readonly T[] {
  if (n === 1) return values;
  return Array.from({ length: Math.ceil(values.length / n) }, (_, i) =>
    join(values.slice(i * n, (i + 1) * n)),
  );
}

const present =
  (join: (values: readonly number[]) => number) =>
  (values: readonly (number | null)[]): number | null => {
    const some = values.filter((v) => v !== null);
    return some.length === 0 ? null : join(some);
  };

const sum = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0);
const last = (v: readonly number[]): number => v.at(-1)!;
const mean = (v: readonly number[]): number => sum(v) / v.length;
const largest = (v: readonly number[]): number => Math.max(...v);
const middle = (v: readonly number[]): number => [...v].sort((a, b) => a - b)[Math.floor(v.length / 2)]!;
