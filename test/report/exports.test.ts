import { HistogramLogReader, type JsHistogram } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/model/result.ts";
import { hlogHeader, hlogLine } from "../../src/report/hlog.ts";
import { REPORTS } from "../../src/report/registry.ts";
import { PLAIN } from "../../src/report/style.ts";
import { sampleLatency } from "../fixtures/latency.ts";
import { sampleRun } from "../fixtures/run.ts";
import { kafkaRun } from "../fixtures/series.ts";

function render(name: string, runs: readonly RunResult[], log?: string): string {
  const report = REPORTS.find((r) => r.name === name)!;
  const reported = runs.map((result) => ({
    result,
    folder: "results/sample",
    ...(log === undefined ? {} : { log }),
  }));
  return report.render(reported, { style: PLAIN, metric: "e2e_response" });
}

describe("every report", () => {
  it.each(REPORTS.map((r) => [r.name, r] as const))(
    "%s gives the same text for the same run, ending in a line end",
    (name) => {
      const text = render(name, [kafkaRun()]);
      expect(text).toBe(render(name, [kafkaRun()]));
      expect(text).toMatch(/[^\n]\n$/);
    },
  );

  it("has a name of its own", () => {
    expect(new Set(REPORTS.map((r) => r.name)).size).toBe(REPORTS.length);
  });
});

describe("markdown", () => {
  it.each([
    ["a run", "run", [kafkaRun()]],
    ["a comparison", "comparison", [kafkaRun(), sampleRun()]],
  ] as const)("of %s is the golden file", async (_, name, runs) => {
    await expect(render("markdown", runs)).toMatchFileSnapshot(`golden/${name}.md.txt`);
  });

  it("lets no text from outside break a table or make a tag", () => {
    const base = sampleRun();
    const evil = sampleRun({ subscriptions: [{ ...base.subscriptions[0]!, name: "a|b\n<script>" }] });
    const text = render("markdown", [evil]);
    expect(text).not.toContain("<script>");
    expect(text).toContain("| a\\|b &lt;script> |");
  });
});

describe("csv", () => {
  const rows = (text: string): string[][] =>
    text
      .trim()
      .split("\n")
      .map((l) => l.split(","));

  it("has one row a run under a header that never changes", async () => {
    const [header, ...body] = rows(render("csv", [sampleRun(), kafkaRun()]));
    expect(body.map((r) => r.length)).toEqual([header!.length, header!.length]);
    const of = (i: number, name: string): string => body[i]![header!.indexOf(name)]!;
    expect([of(0, "verdict"), of(1, "verdict"), of(1, "lost")]).toEqual(["PASS", "FAIL", "3"]);
    expect(Number(of(0, "e2e_response_p99_ms"))).toBeCloseTo(9.404, 2);
    await expect(header!.join("\n")).toMatchFileSnapshot("golden/csv-header.txt");
    const bare = rows(render("csv", [sampleRun({ latency: {} })]));
    expect(bare[0]).toEqual(header);
    expect(bare[1]![header!.indexOf("e2e_response_p99_ms")]).toBe("");
  });

  it("quotes what needs it", () => {
    const base = sampleRun();
    const text = render("csv", [sampleRun({ target: { ...base.target, version: 'a "b", c' } })]);
    expect(text).toContain(',"a ""b"", c",');
  });

  it("has one row an interval, in messages a second whatever the interval is", () => {
    const { series } = sampleRun();
    const wide = sampleRun({ series: { ...series, intervalS: 2 } });
    const [header, first] = rows(render("intervals-csv", [wide]));
    expect(first![header!.indexOf("sent_per_s")]).toBe("2500");
    expect(first![header!.indexOf("time")]).toBe("2026-01-02T03:04:10.000Z");
    expect(rows(render("intervals-csv", [sampleRun()]))).toHaveLength(1 + series.t.length);
  });
});

describe("json", () => {
  it("is run.json for one run, and all of them for several", () => {
    expect(JSON.parse(render("json", [sampleRun()]))).toEqual(sampleRun());
    expect(JSON.parse(render("json", [sampleRun(), kafkaRun()])).runs).toEqual([sampleRun(), kafkaRun()]);
  });
});

describe("hgrm", () => {
  it("ends in the exact number of samples and as many rows as plotters read", () => {
    const lines = render("hgrm", [sampleRun()]).split("\n");
    expect(lines[0]).toBe("       Value     Percentile TotalCount 1/(1-Percentile)");
    expect(lines[1]).toBe("");
    const data = lines.slice(2).filter((l) => l !== "" && !l.startsWith("#"));
    expect(data.at(-1)).toMatch(/^ +18\.8\d\d 1\.000000000000 +10000$/);
    expect(data.slice(0, -1).every((l) => /^ +\d+\.\d{3} 0\.\d{12} +\d+ +\d+\.\d\d$/.test(l))).toBe(true);
    expect(lines.find((l) => l.startsWith("#[Max"))).toMatch(
      /^#\[Max {5}= +18\.8\d\d, Total count {4}= +10000\]$/,
    );
  });

  it("of a damaged histogram is the file's fault, not a bug", () => {
    const { latency } = sampleRun();
    const e2e = latency.e2e_response!;
    const damaged = {
      ...latency,
      e2e_response: { ...e2e, histogram: { ...e2e.histogram, data: "SElTVA==" } },
    };
    expect(() => render("hgrm", [sampleRun({ latency: damaged })])).toThrow(
      expect.objectContaining({ name: "UserError", code: "DAMAGED_HISTOGRAM" }),
    );
  });

  it("of a latency that was not recorded says which there are", () => {
    expect(() => render("hgrm", [sampleRun({ latency: { acknowledge: sampleLatency(1e6) } })])).toThrow(
      /no samples of e2e_response/,
    );
  });
});

describe("hlog", () => {
  it("is the stored log as it is, where there is one", () => {
    expect(render("hlog", [sampleRun()], "the log\n")).toBe("the log\n");
  });

  it("is made of the totals where there is none", () => {
    const reader = new HistogramLogReader(render("hlog", [sampleRun()]));
    const read: JsHistogram[] = [];
    for (let h = reader.nextIntervalHistogram(); h !== null; h = reader.nextIntervalHistogram())
      read.push(h as JsHistogram);
    expect(read.map((h) => h.tag)).toEqual(Object.keys(sampleRun().latency));
    const { latency } = sampleRun();
    for (const h of read) {
      const want = latency[h.tag as keyof typeof latency]!;
      expect([h.totalCount, h.getValueAtPercentile(50), h.getValueAtPercentile(99)]).toEqual([
        want.count,
        want.percentiles["50"],
        want.percentiles["99"],
      ]);
      expect(h.lowestEquivalentValue(h.getValueAtPercentile(100))).toBe(h.lowestEquivalentValue(want.max));
    }
  });

  it("has the header that Java writes, in UTC and English", () => {
    expect(hlogHeader(new Date("2023-11-14T22:13:20.250Z"))).toBe(
      [
        "#[Logged with mqbench]",
        "#[Histogram log format version 1.3]",
        "#[StartTime: 1700000000.250 (seconds since epoch), Tue Nov 14 22:13:20 UTC 2023]",
        '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
        "",
      ].join("\n"),
    );
  });

  it("refuses tags that readers would skip", () => {
    for (const tag of ["a b", "a,b", "", "a\n"])
      expect(() => hlogLine(tag, 0, 1, 1, "x"), tag).toThrow(/cannot be the tag/);
    expect(hlogLine("a_b", 1.5, 1, 2_345_678, "x")).toBe("Tag=a_b,1.500,1.000,2.346,x\n");
  });
});
