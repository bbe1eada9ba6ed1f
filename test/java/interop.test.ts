import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HistogramLogReader, type JsHistogram } from "hdr-histogram-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUCKETS, bucketHigh, bucketIndex, percentileOf } from "../../src/model/hdr.ts";
import type { LatencyName } from "../../src/model/metric.ts";
import type { LatencySummary, RunResult } from "../../src/model/result.ts";
import { encodeHistogram } from "../../src/report/histogram.ts";
import { hlogOfTotals } from "../../src/report/hlog.ts";
import { REPORTS } from "../../src/report/registry.ts";
import { PLAIN } from "../../src/report/style.ts";
import { createRunFolder } from "../../src/store/run-folder.ts";
import { sampleCounts } from "../fixtures/latency.ts";
import { sampleRun } from "../fixtures/run.ts";
import { findHdrJava, type Java } from "./java.ts";

const INTERVALS = 5;
const MEDIANS: readonly (readonly [LatencyName, number])[] = [
  ["publish_response", 1.9e6],
  ["e2e_response", 2.8e6],
  // Nanoseconds up to minutes: the exact part of the layout, and its far end.
  ["schedule_delay", 900],
  ["acknowledge", 40e9],
];

interface Want {
  readonly intervals: number;
  readonly count: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  /** What readers make of the exact maximum: the highest value of its bucket. */
  readonly maxNs: number;
}

let folder: string;
let log: string;
let result: RunResult;
let java: Java;
const wants = new Map<string, Want>();

beforeAll(async () => {
  java = await findHdrJava();
  if (java.missing !== undefined) process.stderr.write(`the Java checks are skipped: ${java.missing}\n`);
  folder = mkdtempSync(join(tmpdir(), "mqbench-interop-"));
  const run = await createRunFolder(join(folder, "run"), new Date("2026-01-02T03:04:05.678Z"), sampleRun());
  const latency: Partial<Record<LatencyName, LatencySummary>> = {};
  for (const [name, medianNs] of MEDIANS) {
    const total = new Float64Array(BUCKETS);
    let max = 0;
    for (let i = 0; i < INTERVALS; i++) {
      const { counts, values } = sampleCounts(medianNs, 2000, i + 1);
      const own = Math.max(...values);
      run.interval(name, i + 5, 1, counts, own);
      max = Math.max(max, own);
      for (let b = 0; b < BUCKETS; b++) total[b]! += counts[b]!;
    }
    const count = INTERVALS * 2000;
    const at = (p: number): number => percentileOf(total, count, p, max);
    const maxNs = bucketHigh(bucketIndex(max));
    wants.set(name, { intervals: INTERVALS, count, p50Ns: at(50), p99Ns: at(99), maxNs });
    const like = sampleRun().latency.e2e_response!;
    const histogram = { ...like.histogram, data: encodeHistogram(total) };
    latency[name] = { ...like, count, max, histogram };
  }
  expect(run.troubles).toEqual([]);
  log = join(folder, "run", "intervals.hlog");
  result = sampleRun({ latency });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the interval log that a run writes", () => {
  it("is read by hdr-histogram-js with the counts, percentiles and maxima that were written", () => {
    expect(readByJs(readFileSync(log, "utf8"))).toEqual(wants);
  });

  it("is read by Java's HdrHistogram with the same", async (context) => {
    if (java.missing !== undefined) return context.skip(java.missing);
    const views = await java.readBack(log);
    expect([...views.keys()].sort()).toEqual([...wants.keys()].sort());
    for (const [tag, want] of wants) expect(views.get(tag)).toMatchObject(want);
  });

  it("without one of its lines is told from the whole one by both readers", async (context) => {
    const lines = readFileSync(log, "utf8").split("\n");
    const short = join(folder, "short.hlog");
    writeFileSync(short, lines.filter((l) => !l.startsWith("Tag=e2e_response,7.000,")).join("\n"));
    const want = { intervals: INTERVALS - 1, count: (INTERVALS - 1) * 2000 };
    expect(readByJs(readFileSync(short, "utf8")).get("e2e_response")).toMatchObject(want);
    if (java.missing !== undefined) return context.skip(java.missing);
    expect((await java.readBack(short)).get("e2e_response")).toMatchObject(want);
  });
});

describe("what is made of run.json alone", () => {
  it("is an interval log with the same totals for both readers", async (context) => {
    const totals = join(folder, "totals.hlog");
    writeFileSync(totals, hlogOfTotals(result));
    const views = readByJs(readFileSync(totals, "utf8"));
    for (const [tag, want] of wants) expect(views.get(tag)).toEqual({ ...want, intervals: 1 });
    if (java.missing !== undefined) return context.skip(java.missing);
    const javas = await java.readBack(totals);
    for (const [tag, want] of wants) expect(javas.get(tag)).toMatchObject({ ...want, intervals: 1 });
  });

  it("is a percentile distribution equal to Java's own, byte for byte", async (context) => {
    if (java.missing !== undefined) return context.skip(java.missing);
    const views = await java.readBack(log);
    const report = REPORTS.find((r) => r.name === "hgrm")!;
    for (const [metric] of MEDIANS) {
      const ours = report.render([{ result, folder }], { style: PLAIN, metric });
      expect(ours, metric).toBe(views.get(metric)!.hgrm);
    }
  });
});

function readByJs(text: string): ReadonlyMap<string, Want> {
  const reader = new HistogramLogReader(text, 64);
  const sums = new Map<string, { sum: JsHistogram; intervals: number }>();
  for (let h = reader.nextIntervalHistogram(); h !== null; h = reader.nextIntervalHistogram()) {
    const own = h as JsHistogram;
    const known = sums.get(own.tag);
    if (known === undefined) sums.set(own.tag, { sum: own, intervals: 1 });
    else {
      known.sum.add(own);
      known.intervals++;
    }
  }
  const views = new Map<string, Want>();
  for (const [tag, { sum, intervals }] of sums)
    views.set(tag, {
      intervals,
      count: sum.totalCount,
      p50Ns: sum.getValueAtPercentile(50),
      p99Ns: sum.getValueAtPercentile(99),
      maxNs: sum.getValueAtPercentile(100),
    });
  return views;
}
