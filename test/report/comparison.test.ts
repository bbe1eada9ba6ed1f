import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/model/result.ts";
import { renderComparison } from "../../src/report/comparison.ts";
import { inequalities } from "../../src/report/inequalities.ts";
import { arrange, medianOf, sumOf } from "../../src/report/series.ts";
import { PLAIN, widthOf } from "../../src/report/style.ts";
import { sampleRun } from "../fixtures/run.ts";
import { closedLoop, kafkaRun, sized } from "../fixtures/series.ts";

const quorum = sampleRun();
const classic = sampleRun({ target: { ...quorum.target, name: "rabbitmq:classic@amqplib" } });
const three = [kafkaRun(), quorum, classic];
const compare = (runs: readonly RunResult[]): string =>
  renderComparison(runs, { ...PLAIN, folders: runs.map((_, i) => `results/sample/0${i + 1}`) });

describe("the comparison of targets", () => {
  it("is the golden file", async () => {
    await expect(compare(three)).toMatchFileSnapshot("golden/comparison.txt");
  });

  it("has one row for each size", async () => {
    const sizes = [100, 1024].flatMap((bytes) => [sized(kafkaRun(), bytes), sized(quorum, bytes)]);
    await expect(compare(sizes)).toMatchFileSnapshot("golden/comparison-sizes.txt");
  });

  it("stays within 80 columns for three targets, and puts a fourth below", () => {
    const fourth = sampleRun({ target: { ...quorum.target, name: "rabbitmq:stream@rabbitmq-stream" } });
    for (const runs of [three, [...three, fourth]]) {
      const text = compare(runs);
      for (const line of text.split("\n")) expect(widthOf(line), line).toBeLessThanOrEqual(80);
    }
    expect(compare([...three, fourth])).toContain("rabbitmq:stream");
  });

  it("says that latencies of a closed loop are no result", () => {
    const closed = compare(three.map(closedLoop));
    expect(closed).toContain("at saturation, not a latency result");
    expect(closed).not.toContain("e2e response");
    expect(compare(three)).not.toContain("saturation");
    const sizes = (run: RunResult) => [sized(run, 100), sized(run, 1024)];
    const points = compare(sizes(closedLoop(kafkaRun())));
    expect(points).toContain("service (closed loop): at saturation, not a latency result");
    // The service's 8.73ms, not the 13.4ms of a response.
    expect(points).toMatch(/ 2\.61ms +8\.73ms +3\n/);
    expect(compare(sizes(kafkaRun()))).toMatch(/ 4\.01ms +13\.4ms +3\n/);
  });
});

describe("what makes a comparison unequal", () => {
  it("is said before any number, the meaning of an acknowledgement first", () => {
    const [first, second, ...rest] = inequalities(three);
    expect(first).toBe(
      "an acknowledgement means different things: kafka:log: a majority of the copies, in the page cache; rabbitmq:quorum, rabbitmq:classic: a majority of the copies, flushed to the device (fsync)",
    );
    expect(second).toBe(
      "the work differs (consumers.sharing): kafka:log: exclusive; rabbitmq:quorum, rabbitmq:classic: compete",
    );
    expect(rest).toEqual([]);
    const text = compare(three);
    expect(text.indexOf("an acknowledgement means different things")).toBeLessThan(
      text.indexOf("Every message"),
    );
  });

  it("is nothing for equal runs", () => {
    expect(inequalities([quorum, classic])).toEqual([]);
    expect(compare([quorum, classic])).toContain("Equal: the work");
  });

  it("is not what the series is about", () => {
    expect(inequalities([sized(quorum, 100), sized(quorum, 1024)])).toEqual([]);
    expect(inequalities([sized(quorum, 100), sized(classic, 1024)])).toHaveLength(1);
  });

  it.each<[string, Partial<RunResult>, RegExp]>([
    [
      "another machine",
      { environment: { ...quorum.environment, host: "other" } },
      /different machines.*bench-1.*other/,
    ],
    ["another mqbench", { tool: { ...quorum.tool, version: "0.2.0" } }, /versions of mqbench.*0\.2\.0/],
    [
      "another version of one target",
      { target: { ...quorum.target, version: "4.1.0" } },
      /in several versions.*4\.1\.0/,
    ],
    ["a broker elsewhere", { target: { ...classic.target, origin: "given" } }, /do not live alike/],
    ["an interrupted run", { state: "interrupted" }, /not all runs were finished/],
  ])("includes %s", (_, change, sentence) => {
    const [only, ...more] = inequalities([quorum, sampleRun(change)]);
    expect(only).toMatch(sentence);
    expect(more).toEqual([]);
  });
});

describe("repeats of one point", () => {
  const repeats = [3, 1, 2].map((n) =>
    sampleRun({ rates: { ...quorum.rates, publish: n * 1000 }, counts: { ...quorum.counts, lost: n } }),
  );
  it("give the median of rates and the sum of counts", () => {
    const [point, ...others] = arrange(repeats);
    expect(others).toEqual([]);
    expect(point?.columns).toHaveLength(1);
    expect(medianOf(point!.columns[0]!, (r) => r.rates.publish)).toBe(2000);
    expect(sumOf(point!.columns[0]!, (r) => r.counts.lost)).toBe(6);
  });

  it("show how many of them failed", () => {
    const text = compare([
      quorum,
      quorum,
      sampleRun({ exit: { code: 1, reasons: [{ kind: "threshold", message: "x" }] } }),
    ]);
    expect(text).toContain("FAIL 1 of 3");
    expect(text).toContain("medians");
  });

  it("are kept apart by target and setting", () => {
    const points = arrange([
      sized(quorum, 100),
      sized(quorum, 1024),
      sized(kafkaRun(), 1024),
      sized(quorum, 1024),
    ]);
    expect(points.map((p) => [p.label, p.columns.map((c) => [c.target, c.runs.length])])).toEqual([
      ["size 100B", [["rabbitmq:quorum@amqplib", 1]]],
      [
        "size 1KiB",
        [
          ["rabbitmq:quorum@amqplib", 2],
          ["kafka:log@kafkajs", 1],
        ],
      ],
    ]);
  });
});
