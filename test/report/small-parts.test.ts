import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Series } from "../../src/model/result.ts";
import { allClose, closings } from "../../src/report/closing.ts";
import { findingText } from "../../src/report/findings.ts";
import { sparkline } from "../../src/report/sparkline.ts";
import { chooseStyle, widthOf } from "../../src/report/style.ts";
import { alignTable, wrap } from "../../src/report/table.ts";
import { percent } from "../../src/report/text-rates.ts";
import { widen } from "../../src/report/widen.ts";
import { sampleRun } from "../fixtures/run.ts";
import { kafkaRun } from "../fixtures/series.ts";

describe("the closing sums", () => {
  it("come out even for whole accounts, also with losses", () => {
    expect(closings(sampleRun()).filter((c) => !c.closes)).toEqual([]);
    expect(allClose(kafkaRun())).toBe(true);
  });

  it("break with every single count that is one off", () => {
    const base = kafkaRun();
    const publishing = ["offered", "acked", "failed", "unknown", "unasked"] as const;
    for (const key of publishing)
      expect(allClose({ ...base, counts: { ...base.counts, [key]: base.counts[key] + 1 } }), key).toBe(false);
    const [first, second] = base.subscriptions;
    const keys = [
      "delivered",
      "unique",
      "redelivered",
      "copied",
      "foreign",
      "corrupt",
      "lost",
      "undelivered",
      "missing",
      "phantom",
      "unexpected",
    ] as const;
    for (const key of keys) {
      const subscriptions = [{ ...first!, [key]: first![key] + 1 }, second!];
      expect(
        allClose({ ...base, subscriptions, counts: { ...base.counts, [key]: base.counts[key] + 1 } }),
        key,
      ).toBe(false);
      expect(allClose({ ...base, counts: { ...base.counts, [key]: base.counts[key] + 1 } }), key).toBe(false);
    }
  });
});

describe("a finding", () => {
  it("is a sentence with its count, place and first example", () => {
    expect(findingText(kafkaRun().findings[0]!)).toBe(
      "LOST: 3 messages (sub-0) were acknowledged by the broker and never arrived, though it was seen empty: lost; the first: producer 1, partition 0, number 77",
    );
  });
});

describe("the style", () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: "1" }, true, false],
    [{ NO_COLOR: "" }, true, true],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
    [{ FORCE_COLOR: "1" }, false, true],
    [{ FORCE_COLOR: "0" }, true, false],
    [{ FORCE_COLOR: "1", TERM: "dumb" }, false, true],
    [{ TERM: "dumb" }, true, false],
  ])("of %j on a terminal: %s has colour: %s", (env, isTerminal, color) => {
    expect(chooseStyle({ env, isTerminal }).color).toBe(color);
  });

  it.each([
    [{}, true],
    [{ LANG: "C.UTF-8" }, true],
    [{ LANG: "en_US.utf8" }, true],
    [{ LANG: "C" }, false],
    [{ LC_ALL: "C", LANG: "en_US.UTF-8" }, false],
    [{ TERM: "linux" }, false],
  ])("of %j has Unicode: %s", (env, unicode) => {
    expect(chooseStyle({ env, isTerminal: true }).unicode).toBe(unicode);
  });
});

describe("a sparkline", () => {
  it.each<[string, (number | null)[], number, "peak" | "mean", string]>([
    ["steady values", [5, 5, 5], 10, "peak", "███"],
    ["a gap", [8, null, 4], 10, "peak", "█ ▅"],
    ["zeros", [0, 0], 10, "mean", "▁▁"],
    ["a spike that shares a bar", [1, 1, 8, 1], 2, "peak", "▂█"],
    ["a mean over a bar", [8, 8, 8, 0], 2, "mean", "█▅"],
    ["nothing", [], 10, "mean", ""],
  ])("of %s", (_, values, width, share, bars) => {
    expect(sparkline(values, width, share)).toBe(bars);
  });
});

describe("lines", () => {
  it("are wrapped at 80 columns and keep every word", () => {
    const word = fc.stringMatching(/^[a-z]{1,30}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 60 }), fc.nat(8), (words, indent) => {
        const lines = wrap(words.join(" "), indent, "· ");
        expect(lines.join(" ").replace("·", "").split(/\s+/).filter(Boolean)).toEqual(words);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(80);
      }),
    );
  });

  it("align by what is seen, not by colours", () => {
    expect(
      alignTable(
        [
          ["\u001b[31ma\u001b[0m", "1"],
          ["bbb", "22"],
        ],
        ["left", "right"],
        0,
        1,
      ),
    ).toEqual(["\u001b[31ma\u001b[0m    1", "bbb 22"]);
  });
});

describe("a share in percent", () => {
  it.each([
    [1, "100%"],
    [0.99996, "> 99.9%"],
    [0.999, "99.9%"],
    [0.5, "50.0%"],
    [0, "0%"],
    [1.01, "101%"],
  ])("%d is %s", (share, text) => {
    expect(percent(share)).toBe(text);
  });
});

describe("widening", () => {
  const count = fc.array(fc.nat(10_000), { minLength: 0, maxLength: 300 });
  const series = count.map(
    (sent): Series => ({
      intervalS: 1,
      t: sent.map((_, i) => i + 5),
      sent,
      published: sent,
      consumed: sent,
      e2eP50: sent.map((v) => (v % 7 === 0 ? null : v)),
      e2eP99: sent.map((v) => (v % 7 === 0 ? null : v * 2)),
      e2eMax: sent.map((v) => (v % 7 === 0 ? null : v * 3)),
      backlog: sent,
    }),
  );
  const total = (v: readonly (number | null)[]): number => v.reduce<number>((a, b) => a + (b ?? 0), 0);
  const most = (v: readonly (number | null)[]): number => Math.max(-1, ...v.filter((x) => x !== null));

  it("keeps sums, peaks and the last backlog, and no more intervals than asked for", () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 50 }), (s, n) => {
        const wide = widen(s, n);
        expect(wide.t.length).toBeLessThanOrEqual(n);
        expect(total(wide.sent)).toBe(total(s.sent));
        expect(most(wide.e2eMax)).toBe(most(s.e2eMax));
        expect(most(wide.e2eP99)).toBe(most(s.e2eP99));
        expect(wide.backlog.at(-1)).toBe(s.backlog.at(-1));
        expect(wide.t[0]).toBe(s.t[0]);
        for (const key of ["sent", "published", "consumed", "e2eP50", "e2eP99", "e2eMax", "backlog"] as const)
          expect(wide[key].length).toBe(wide.t.length);
        if (s.t.length > 0) expect(wide.intervalS * wide.t.length).toBeGreaterThanOrEqual(s.t.length);
      }),
    );
  });

  it("leaves what is short enough as it is", () => {
    const { series: short } = sampleRun();
    expect(widen(short)).toBe(short);
  });
});
