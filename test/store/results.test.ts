import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HistogramLogReader } from "hdr-histogram-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunResult } from "../../src/model/result.ts";
import { MAX_INTERVALS } from "../../src/report/widen.ts";
import { readLog, readRuns } from "../../src/store/read.ts";
import { createRunFolder, createSeriesFolder, writeSeries } from "../../src/store/run-folder.ts";
import { createRunId } from "../../src/store/run-id.ts";
import { problemsOf } from "../../src/store/schema.ts";
import { sampleCounts } from "../fixtures/latency.ts";
import { sampleRun } from "../fixtures/run.ts";

const START = new Date("2026-01-02T03:04:05.000Z");
const running = sampleRun({ state: "running" });
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mqbench-store-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("a run's folder", () => {
  it("says running from the first moment, and what was found at the end", async () => {
    const folder = await createRunFolder(join(root, "deep", "run"), START, running);
    expect((await readRuns(folder.path))[0]?.result.state).toBe("running");
    await folder.write(sampleRun());
    const [read, ...more] = await readRuns(join(folder.path, "run.json"));
    expect(more).toEqual([]);
    expect(read).toEqual({ folder: folder.path, result: sampleRun() });
    expect(folder.troubles).toEqual([]);
    expect(readdirSync(folder.path).sort()).toEqual(["intervals.hlog", "run.json"]);
  });

  it("has a log that can be read while the run goes on", async () => {
    const folder = await createRunFolder(join(root, "run"), START, running);
    const { counts, values } = sampleCounts(2e6, 500);
    folder.interval("e2e_response", 5, 1, counts, Math.max(...values));
    folder.interval("publish_response", 5, 1, counts, Math.max(...values));
    const [run] = await readRuns(folder.path);
    const reader = new HistogramLogReader((await readLog(run!))!);
    const first = reader.nextIntervalHistogram();
    expect([first?.tag, first?.totalCount, first?.startTimeStampMsec]).toEqual([
      "e2e_response",
      500,
      START.getTime() + 5000,
    ]);
    expect(reader.nextIntervalHistogram()?.tag).toBe("publish_response");
    expect(reader.nextIntervalHistogram()).toBeNull();
  });

  it("is refused where a run lies already, and leaves that one alone", async () => {
    const folder = await createRunFolder(join(root, "run"), START, running);
    await folder.write(sampleRun());
    await expect(createRunFolder(folder.path, START, running)).rejects.toMatchObject({
      code: "RESULTS_EXIST",
    });
    expect((await readRuns(folder.path))[0]?.result.state).toBe("finished");
  });

  it("is given to one of two runs that want it at the same time", async () => {
    const both = await Promise.allSettled(
      [1, 2].map(() => createRunFolder(join(root, "run"), START, running)),
    );
    expect(both.map((b) => b.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(both.find((b) => b.status === "rejected")?.reason).toMatchObject({ code: "RESULTS_EXIST" });
  });

  it("that cannot be made is the user's error, before anything has started", async () => {
    writeFileSync(join(root, "file"), "");
    for (const path of [join(root, "file"), join(root, "file", "run")]) {
      const error = await createRunFolder(path, START, running).catch((e: unknown) => e);
      expect(error).toMatchObject({ name: "UserError", code: "RESULTS_NOT_WRITABLE" });
      expect((error as Error).message).toContain(path);
    }
  });

  it("does not lose the run when it goes away or its disk is full", async () => {
    const folder = await createRunFolder(join(root, "run"), START, running);
    rmSync(folder.path, { recursive: true });
    const { counts } = sampleCounts(2e6, 10);
    folder.interval("e2e_response", 7, 1, counts, 1);
    folder.interval("e2e_response", 8, 1, counts, 1);
    await folder.write(sampleRun());
    expect(folder.troubles).toHaveLength(2);
    expect(folder.troubles[0]).toContain("intervals.hlog ends at 7 s: ENOENT");
    expect(folder.troubles[1]).toContain("run.json could not be written: ENOENT");
  });

  it("keeps a result that breaks the schema beside run.json, and calls it a bug", async () => {
    const folder = await createRunFolder(join(root, "run"), START, running);
    const broken = { ...sampleRun(), counts: { ...running.counts, lost: -1 } };
    await expect(folder.write(broken)).rejects.toThrow(
      /run\.rejected\.json breaks its schema: \/counts\/lost/,
    );
    expect(JSON.parse(readFileSync(join(folder.path, "run.rejected.json"), "utf8"))).toEqual(broken);
    expect((await readRuns(folder.path))[0]?.result.state).toBe("running");
  });

  it("keeps run.json below 1 MB, however long the run was", async () => {
    const folder = await createRunFolder(join(root, "run"), START, running);
    const hours = Array.from({ length: 24 * 3600 }, (_, i) => i);
    const long = (value: number): number[] => hours.map(() => value);
    const agent = {
      ...running.harness.agents[0]!,
      rssBytes: long(100_000_000),
      series: {
        hiccupMaxNs: long(2_812_345),
        loopUtilisation: long(0.125),
        gcNs: long(2_812_345),
        coreWaitNs: long(112_812_345),
        cpuNs: long(412_812_345),
      },
    };
    await folder.write({
      ...sampleRun(),
      series: {
        intervalS: 1,
        t: hours,
        sent: long(5000),
        published: long(5000),
        consumed: long(10_000),
        e2eP50: long(2_812_345),
        e2eP99: long(9_812_345),
        e2eMax: long(44_812_345),
        backlog: long(120),
      },
      harness: { ...running.harness, agents: [agent, agent, agent, agent] },
      depth: { t: hours, messages: long(120_000) },
      events: hours.map((i) => ({
        atNs: i * 1e9,
        source: "produce-0",
        kind: "blocked",
        detail: "low on memory",
      })),
    });
    expect(folder.troubles).toEqual([]);
    expect(readFileSync(join(folder.path, "run.json")).length).toBeLessThan(1_000_000);
    const { result } = (await readRuns(folder.path))[0]!;
    expect(result.series.t.length).toBeLessThanOrEqual(MAX_INTERVALS);
    expect(result.series.sent.reduce((a, b) => a + b, 0)).toBe(5000 * hours.length);
    expect(result.events.find((e) => e.kind === "omitted")?.detail).toBe(`${hours.length - 500} events`);
  });
});

describe("a series", () => {
  it("gives its runs in order, by its folder, its file or the folder it lies in", async () => {
    const series = join(root, "20260102-series");
    await createSeriesFolder(series);
    for (const name of ["01-b", "02-a"]) {
      const folder = await createRunFolder(join(series, name), START, running);
      await folder.write({ ...sampleRun(), run: { ...running.run, id: name } });
    }
    await writeSeries(series, ["01-b", "02-a"]);
    mkdirSync(join(root, "something else"));
    const ids = async (path: string): Promise<string[]> => (await readRuns(path)).map((r) => r.result.run.id);
    expect(await ids(series)).toEqual(["01-b", "02-a"]);
    expect(await ids(join(series, "series.json"))).toEqual(["01-b", "02-a"]);
    expect(await ids(root)).toEqual(["01-b", "02-a"]);
  });
});

describe("reading what is no result", () => {
  const cases: readonly (readonly [string, string, string, RegExp])[] = [
    ["an empty file", "", "UNREADABLE_RESULT", /it is empty/],
    ["half a file", JSON.stringify(sampleRun()).slice(0, 5000), "UNREADABLE_RESULT", /cut short/],
    ["binary garbage", "\u0000\u0001\ufffd", "UNREADABLE_RESULT", /not JSON/],
    ["null", "null", "UNREADABLE_RESULT", /not a run\.json/],
    ["somebody else's JSON", '{"name":"x"}', "UNREADABLE_RESULT", /not a run\.json/],
    ["a newer version", JSON.stringify({ ...sampleRun(), schemaVersion: "2.0" }), "NEWER_RESULT", /2\.0/],
    [
      "a field of the wrong type",
      JSON.stringify({ ...sampleRun(), counts: [] }),
      "UNREADABLE_RESULT",
      /\/counts/,
    ],
  ];
  it.each(cases)(
    "says of %s what is wrong with which file, and what to do",
    async (_, content, code, why) => {
      const file = join(root, "run.json");
      writeFileSync(file, content);
      const error = (await readRuns(file).catch((e: unknown) => e)) as Error & { hints: string[] };
      expect(error).toMatchObject({ name: "UserError", code });
      expect(error.message).toContain(file);
      expect(error.message).toMatch(why);
      expect(error.hints.length).toBeGreaterThan(0);
    },
  );

  it.each([
    ["nothing there", "missing"],
    ["a folder without results", "."],
  ])("refuses %s", async (_, path) => {
    await expect(readRuns(join(root, path))).rejects.toMatchObject({ code: "UNREADABLE_RESULT" });
  });

  it("reads a later 1.x with fields of its own", async () => {
    const later = { ...sampleRun(), schemaVersion: "1.7", news: 1 };
    writeFileSync(join(root, "run.json"), JSON.stringify(later));
    expect((await readRuns(root))[0]?.result.counts).toEqual(running.counts);
  });

  it("reads a log whose last line was cut by a kill up to there", async () => {
    const folder = await createRunFolder(join(root, "run"), START, running);
    folder.interval("e2e_response", 5, 1, sampleCounts(2e6, 500).counts, 1);
    appendFileSync(join(folder.path, "intervals.hlog"), "Tag=e2e_resp");
    const reader = new HistogramLogReader((await readLog((await readRuns(folder.path))[0]!))!);
    expect(reader.nextIntervalHistogram()?.totalCount).toBe(500);
    expect(reader.nextIntervalHistogram()).toBeNull();
  });
});

describe("the schema", () => {
  const schema = JSON.parse(readFileSync(new URL("../../schemas/run-v1.json", import.meta.url), "utf8"));

  it("accepts the sample, and no sample with a required field missing", () => {
    expect(problemsOf(sampleRun(), "run-v1")).toEqual([]);
    for (const key of schema.required as (keyof RunResult)[]) {
      const { [key]: _, ...rest } = sampleRun();
      expect(problemsOf(rest, "run-v1"), key).not.toEqual([]);
    }
  });

  it("describes every field that a run has", () => {
    const undescribed: string[] = [];
    const walk = (value: unknown, at: Record<string, unknown>, path: string): void => {
      if (Array.isArray(value)) {
        for (const item of value) walk(item, (at.items ?? {}) as Record<string, unknown>, `${path}[]`);
        return;
      }
      if (typeof value !== "object" || value === null) return;
      // Alternatives (kinds of load, sizes) and maps are checked by the validator.
      if (at.oneOf !== undefined || at.anyOf !== undefined || typeof at.additionalProperties === "object")
        return;
      const properties = at.properties as Record<string, Record<string, unknown>> | undefined;
      for (const [key, inner] of Object.entries(value))
        if (properties?.[key] === undefined) undescribed.push(`${path}.${key}`);
        else walk(inner, properties[key], `${path}.${key}`);
    };
    walk(sampleRun(), schema, "run");
    expect(undescribed).toEqual([]);
  });
});

describe("run ids", () => {
  it("sort in the order in which they were made, also within one millisecond", () => {
    const now = new Date();
    const ids = Array.from({ length: 200 }, () => createRunId(now));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(200);
    expect(ids[0]).toMatch(/^\d{8}-\d{6}-\d{3}-[0-9a-f]{6}$/);
  });
});
