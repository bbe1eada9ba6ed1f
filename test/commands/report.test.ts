import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import ReportCommand from "../../src/commands/report.ts";
import type { RunResult } from "../../src/model/result.ts";
import { REPORTS } from "../../src/report/registry.ts";
import { PLAIN } from "../../src/report/style.ts";
import { sampleRun } from "../fixtures/run.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mqbench-report-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const report = (...argv: string[]) => captureOutput(() => ReportCommand.run(argv, import.meta.url));

function store(name: string, result: RunResult, log?: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, "run.json"), JSON.stringify(result));
  if (log !== undefined) writeFileSync(join(path, "intervals.hlog"), log);
  return path;
}

function storeSeries(...runs: readonly string[]): void {
  const series = { schema: "mqbench/series", schemaVersion: "1.0", runs };
  writeFileSync(join(folder, "series.json"), JSON.stringify(series));
}

describe("mqbench report", () => {
  it.each(REPORTS.map((r) => [r.name, r] as const))(
    "prints %s on stdout and nothing else",
    async (name, r) => {
      const path = store("a", sampleRun());
      const { stdout, stderr, error } = await report(path, "--as", name);
      expect(error).toBeUndefined();
      expect(stderr).toBe("");
      const options = { style: PLAIN, metric: "e2e_response" } as const;
      expect(stdout).toBe(r.render([{ result: sampleRun(), folder: path }], options));
    },
  );

  it("takes the folder or its run.json, and is text unless asked for something else", async () => {
    const path = store("a", sampleRun());
    const { stdout } = await report(path);
    expect(stdout).toMatch(/^PASS {2}order-events on rabbitmq:quorum@amqplib\n/);
    expect((await report(join(path, "run.json"))).stdout).toBe(stdout);
  });

  it("ends with 0 for a run that failed: the verdict is in the report", async () => {
    const exit = { code: 1, reasons: [{ kind: "guarantee" as const, message: "lost == 0 failed: 3" }] };
    const { stdout, error } = await report(store("a", sampleRun({ exit })));
    expect(error).toBeUndefined();
    expect(stdout).toMatch(/^FAIL .*\n {2}· lost == 0 failed: 3\n/);
  });

  it("gives the stored interval log as it is, and makes one of the totals where there is none", async () => {
    const stored = await report(store("a", sampleRun(), "the stored log\n"), "--as", "hlog");
    expect(stored.stdout).toBe("the stored log\n");
    const made = await report(store("b", sampleRun()), "--as", "hlog");
    expect(made.stdout).toMatch(/^#\[Logged with mqbench\]\n[\s\S]*\nTag=e2e_response,5\.000,20\.000,/);
  });

  it("shows the latency that was asked for", async () => {
    const path = store("a", sampleRun());
    const other = await report(path, "--as", "hgrm", "--metric", "acknowledge");
    const usual = await report(path, "--as", "hgrm", "--metric", "e2e_response");
    expect(other.stdout).not.toBe(usual.stdout);
    expect(usual.stdout).toBe((await report(path, "--as", "hgrm")).stdout);
  });

  it("writes a file without leaving anything else, and says so on stderr", async () => {
    const path = store("a", sampleRun());
    const file = join(folder, "a.md");
    const { stdout, stderr } = await report(path, "--as", "markdown", "-o", file);
    expect(stdout).toBe("");
    expect(stderr).toBe(`markdown report written to ${file}\n`);
    expect(readFileSync(file, "utf8")).toMatch(/^## ✅ PASS/);
    expect(readdirSync(folder).sort()).toEqual(["a", "a.md"]);
  });

  it("with --json prints one document", async () => {
    const path = store("a", sampleRun());
    expect(JSON.parse((await report(path, "--json")).stdout)).toEqual(sampleRun());
    const file = join(folder, "a.csv");
    const written = await report(path, "--json", "--as", "csv", "-o", file);
    expect(JSON.parse(written.stdout)).toEqual({ report: "csv", path: file });
  });

  it("puts the runs of a series side by side", async () => {
    const base = sampleRun();
    const name = "kafka:log@kafkajs";
    store("a", base);
    store("b", sampleRun({ target: { ...base.target, name } }));
    storeSeries("a", "b");
    const { stdout } = await report(folder);
    expect(stdout).toContain("kafka:log");
    expect(stdout).toContain("rabbitmq:quorum");
    const rows = (await report(folder, "--as", "csv")).stdout.trimEnd().split("\n");
    expect(rows).toHaveLength(3);
    expect(JSON.parse((await report(folder, "--json")).stdout).runs).toHaveLength(2);
  });
});

describe("mqbench report refuses, with 2 and what to do,", () => {
  async function refusal(code: string, ...argv: string[]): Promise<{ message: string; hints: string[] }> {
    const plain = await report(...argv.filter((a) => a !== "--json"));
    expect(plain.error?.oclif?.exit).toBe(2);
    expect(plain.stdout).toBe("");
    expect(plain.stderr).toMatch(/^Error: /);
    expect(plain.stderr).not.toContain("    at ");
    const { error } = JSON.parse((await report(...argv, "--json")).stdout);
    expect(error).toMatchObject({ exitCode: 2, code });
    return error;
  }

  it("a form that there is not, listing those there are", async () => {
    const { message } = await refusal("USAGE", store("a", sampleRun()), "--as", "docx");
    for (const { name } of REPORTS) expect(message).toContain(name);
  });

  it("a latency that there is not", async () => {
    await refusal("USAGE", store("a", sampleRun()), "--metric", "ping");
  });

  it("a run that is not there", async () => {
    const { message } = await refusal("UNREADABLE_RESULT", join(folder, "nowhere"));
    expect(message).toContain("nowhere");
  });

  it("a report about one run of a series of two, naming the runs", async () => {
    store("a", sampleRun());
    store("b", sampleRun());
    storeSeries("a", "b");
    const { hints } = await refusal("ONE_RUN_ONLY", folder, "--as", "hgrm", "-o", join(folder, "x.hgrm"));
    expect(hints[0]).toContain(join(folder, "b"));
    expect(readdirSync(folder)).not.toContain("x.hgrm");
  });

  it("a series without runs", async () => {
    storeSeries();
    await refusal("UNREADABLE_RESULT", folder);
  });

  it("a histogram that is damaged, naming it", async () => {
    const { latency } = sampleRun();
    const own = latency.e2e_response!;
    const { data } = own.histogram;
    const histogram = { ...own.histogram, data: `${data.slice(0, 40)}AAAA${data.slice(44)}` };
    const path = store("a", sampleRun({ latency: { ...latency, e2e_response: { ...own, histogram } } }));
    const file = join(folder, "x.hgrm");
    const { message } = await refusal("DAMAGED_HISTOGRAM", path, "--as", "hgrm", "-o", file);
    expect(message).toContain("e2e_response");
    // The others are still good.
    expect((await report(path, "--as", "hgrm", "--metric", "acknowledge")).error).toBeUndefined();
  });

  it("a place where no file can be written", async () => {
    const { message } = await refusal(
      "NOT_WRITABLE",
      store("a", sampleRun()),
      "-o",
      join(folder, "no/x.txt"),
    );
    expect(message).toContain("no/x.txt");
  });

  it("--json together with a form that is not JSON", async () => {
    const path = store("a", sampleRun());
    const { stdout, error } = await report(path, "--json", "--as", "csv");
    expect(error?.oclif?.exit).toBe(2);
    expect(JSON.parse(stdout).error.code).toBe("TWO_FORMS");
  });
});
