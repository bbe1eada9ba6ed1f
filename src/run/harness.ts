import type { HistogramSum } from "../load/histogram-frame.ts";
import type { AgentResult, HarnessResult, Spread } from "../model/harness.ts";
import { percentileOf } from "../model/hdr.ts";
import type { Counts } from "../model/result.ts";
import type { AgentVitals } from "./agent-vitals.ts";
import type { Recording } from "./conductor.ts";
import { percentilesOf } from "./summary.ts";
import type { Tally } from "./tally.ts";

/** What the harness itself did and suffered in the measure phase. */
export function harnessOf({ tally, machine }: Recording, counts: Counts): HarnessResult {
  const vitals = [...tally.agents.values()];
  const { lateness } = tally.histograms;
  const agents = vitals.map(agentResult);
  const cpuS = agents.reduce((n, a) => n + a.cpuS, 0);
  const offers = tally.producers.reduce((n, p) => n + p.offers, 0);
  const full = tally.producers.reduce((n, p) => n + p.full, 0);
  const sent = tally.producers.reduce((n, p) => n + p.sentInWindow, 0);
  const hiccups = vitals.map((v) => v.hiccup).filter((h) => h.count > 0);
  return {
    latenessP50Ns: Math.round(percentileIn(lateness, 50)),
    latenessP99Ns: Math.round(percentileIn(lateness, 99)),
    blockedShare: offers > 0 ? full / offers : 0,
    cpuS,
    cpuPerMessageNs: sent > 0 ? (cpuS * 1e9) / sent : counts.offered > 0 ? (cpuS * 1e9) / counts.offered : 0,
    loopDelayP99Ns: Math.max(0, ...vitals.map((v) => v.loopDelayP99Ns)),
    loopDelayMaxNs: Math.max(0, ...vitals.map((v) => v.loopDelayMaxNs)),
    rssMaxBytes: agents.reduce((n, a) => n + a.rssMaxBytes, 0),
    agents,
    ...(lateness.count === 0 ? {} : { lateness: spreadOf([lateness]) }),
    ...(hiccups.length === 0 ? {} : { hiccup: spreadOf(hiccups) }),
    ...cpuApart(tally, sent),
    ...(machine === undefined ? {} : { machine }),
  };
}

/** The percentile of a histogram, ns; 0 for an empty one. Percentile 100 is the exact maximum. */
export function percentileIn(h: HistogramSum, p: number): number {
  if (h.count === 0) return 0;
  return p >= 100 ? h.max : percentileOf(h.buckets, h.count, p, h.max);
}

/** At each percentile the worst of them. */
export function worstPercentile(all: readonly HistogramSum[], p: number): number {
  return Math.max(0, ...all.map((h) => percentileIn(h, p)));
}

function spreadOf(all: readonly HistogramSum[]): Spread {
  return {
    count: all.reduce((n, h) => n + h.count, 0),
    mean: Math.round(Math.max(...all.map((h) => h.sum / h.count))),
    max: Math.round(Math.max(...all.map((h) => h.max))),
    percentiles: percentilesOf((p) => worstPercentile(all, p)),
  };
}

function agentResult(a: AgentVitals): AgentResult {
  const { seconds } = a;
  const base = {
    name: a.name,
    pid: a.pid,
    cpuS: a.cpuNs / 1e9,
    rssMaxBytes: a.rssMaxBytes,
    rssBytes: a.rssBytes,
  };
  if (seconds.length === 0) return base;
  const utilisation = seconds.map((s) => rounded(s.loopUtilisation));
  return {
    ...base,
    ...(a.hiccup.count === 0 ? {} : { hiccup: spreadOf([a.hiccup]) }),
    loopUtilisation: rounded(utilisation.reduce((x, y) => x + y, 0) / utilisation.length),
    loopUtilisationMax: Math.max(...utilisation),
    gc: { count: a.gc.count, totalNs: Math.round(a.gc.totalNs), maxNs: Math.round(a.gc.maxNs) },
    ...(a.coreWait === undefined ? {} : { coreWaitMainNs: a.coreWait.mainNs, coreWaitNs: a.coreWait.allNs }),
    series: {
      hiccupMaxNs: seconds.map((s) => Math.round(s.hiccupMaxNs)),
      loopUtilisation: utilisation,
      gcNs: seconds.map((s) => Math.round(s.gcNs)),
      coreWaitNs: seconds.map((s) => Math.round(s.coreWaitNs)),
      cpuNs: seconds.map((s) => Math.round(s.cpuNs)),
    },
  };
}

/** Only where no agent both produces and consumes can its CPU be told apart. */
function cpuApart(
  tally: Tally,
  sent: number,
): Pick<HarnessResult, "produceCpuPerMessageNs" | "consumeCpuPerMessageNs"> {
  const received = tally.arrivals().reduce((n, a) => n + a.consumedInWindow, 0);
  const cpuOf = (isOne: (a: AgentVitals) => boolean): number =>
    [...tally.agents.values()].filter(isOne).reduce((n, a) => n + a.cpuNs, 0);
  if ([...tally.agents.values()].some((a) => a.produces && a.consumes)) return {};
  return {
    ...(sent > 0 ? { produceCpuPerMessageNs: cpuOf((a) => a.produces) / sent } : {}),
    ...(received > 0 ? { consumeCpuPerMessageNs: cpuOf((a) => a.consumes) / received } : {}),
  };
}

/** Shares are told to three digits behind the point. */
function rounded(share: number): number {
  return Math.round(share * 1000) / 1000;
}
