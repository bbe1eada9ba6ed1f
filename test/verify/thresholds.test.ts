import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/model/errors.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { LatencySummary } from "../../src/model/result.ts";
import { alwaysExpected, thresholdsOf } from "../../src/verify/threshold-always.ts";
import { type Measured, metricsOf } from "../../src/verify/threshold-values.ts";
import { evaluateThreshold, type Operator, parseThreshold } from "../../src/verify/thresholds.ts";

const COUNTS: Measured["counts"] = {
  offered: 1000,
  acked: 990,
  failed: 4,
  unknown: 6,
  unasked: 0,
  late: 1,
  delivered: 1005,
  unique: 988,
  redelivered: 12,
  copied: 5,
  lost: 2,
  missing: 3,
  undelivered: 0,
  recovered: 1,
  phantom: 0,
  unexpected: 0,
  foreign: 0,
  corrupt: 0,
  reordered: 7,
  bytesOffered: 102_400,
};

/** 1000 samples of 1 … 1000 ms. */
function summary(over: Partial<LatencySummary> = {}): LatencySummary {
  return {
    unit: "ns",
    count: 1000,
    min: 1e6,
    mean: 500.5e6,
    stdDev: 289e6,
    max: 1000e6,
    percentiles: {
      "50": 500e6,
      "75": 750e6,
      "90": 900e6,
      "95": 950e6,
      "99": 990e6,
      "99.9": 999e6,
      "99.99": 1000e6,
    },
    censored: 0,
    anomalies: 0,
    histogram: { format: "hdr-v2-deflate-base64", digits: 3, data: "" },
    ...over,
  };
}

function measured(e2e: Partial<LatencySummary> = {}): Measured {
  return {
    counts: COUNTS,
    rates: {
      offered: 1000,
      sent: 999.8,
      publish: 990,
      consume: 988,
      achieved: 0.9998,
      publishBytes: 2 * 1024 ** 2,
    },
    latency: { e2e_response: summary(e2e) },
    percentile: (of, p) => (of === "e2e_response" ? Math.ceil(p * 10) * 1e6 : null),
  };
}

const judge = (text: string, on: Measured = measured()) =>
  evaluateThreshold(parseThreshold(text, "profile"), on);

describe("a threshold", () => {
  it.each<readonly [string, boolean, number | null, string]>([
    ["e2e_response.p99 < 990.1ms", true, 990, "990ms"],
    ["e2e_response.p99 < 990ms", false, 990, "990ms"],
    ["e2e_response.p99 <= 0.99s", true, 990, "990ms"],
    ["e2e_response.p99.9 < 1s", true, 999, "999ms"],
    ["e2e_response.p33.3 == 333ms", true, 333, "333ms"],
    ["e2e_response.mean > 500ms", true, 500.5, "501ms"],
    ["e2e_response.max <= 1s", true, 1000, "1.00s"],
    ["e2e_response.min != 1ms", false, 1, "1.00ms"],
    ["e2e_response.count >= 1k", true, 1000, "1 000"],
    ["rate.publish >= 1k/s", false, 990, "990/s"],
    ["rate.consume > 0", true, 988, "988/s"],
    ["rate.achieved >= 99.98%", true, 0.9998, "99.98%"],
    ["rate.achieved >= 0.9999", false, 0.9998, "99.98%"],
    ["rate.publish_bytes >= 2MiB/s", true, 2_097_152, "2.00MiB/s"],
    ["lost == 0", false, 2, "2"],
    ["lost <= 2", true, 2, "2"],
    ["redelivered<13", true, 12, "12"],
    ["corrupt == 0", true, 0, "0"],
  ])("%s is %s at %s", (text, ok, actual, actualText) => {
    expect(judge(text)).toMatchObject({ ok, actual, actualText, origin: "profile" });
  });

  it.each([
    ["lost == 0", "guarantee"],
    ["reordered == 0", "guarantee"],
    ["corrupt == 0", "guarantee"],
    ["failed == 0", "threshold"],
    ["e2e_response.p99 < 1s", "threshold"],
    ["rate.publish > 1/s", "threshold"],
  ])("%s is about a %s", (text, kind) => {
    expect(judge(text).kind).toBe(kind);
  });

  it.each([
    ["", "is not metric, operator and value"],
    ["lost", "is not metric, operator and value"],
    ["lost == ", "is not metric, operator and value"],
    ["lost = 0", 'uses "="'],
    ["lsot == 0", 'is about "lsot", which is no metric'],
    ["e2e_response < 5ms", 'is about "e2e_response", which is no metric'],
    ["e2e_response.p0 < 5ms", "which is no metric"],
    ["e2e_response.p101 < 5ms", "which is no metric"],
    ["e2e_response.median < 5ms", "which is no metric"],
    ["toString == 0", "which is no metric"],
    ["e2e_response.p99 < 5", 'cannot be read: e2e_response.p99: "5" is not a duration'],
    ["e2e_response.p99 < 5parsecs", "cannot be read"],
    ["lost == 0ms", 'cannot be read: lost: "0ms" is not a whole number'],
    ["lost == -1", "cannot be read"],
    ["rate.publish > 5ms", "cannot be read"],
    ["rate.achieved > 99", "cannot be read"],
    ["rate.achieved > 101%", "cannot be read"],
  ])("%j is refused: %s", (text, why) => {
    const parse = () => parseThreshold(text, "flag");
    expect(parse).toThrow(UserError);
    expect(parse).toThrow(why);
  });

  it.each([
    "e2e_response.p99 < 1h",
    "publish_response.p99 < 1h",
    "publish_response.max >= 0s",
    "acknowledge.mean != 1ms",
  ])("%s fails without samples, whichever way it asks", (text) => {
    const on = { ...measured(), latency: { acknowledge: summary({ count: 0 }) } };
    expect(judge(text, on)).toMatchObject({ ok: false, actual: null, actualText: "no samples" });
  });

  it("about a rate that a closed loop lacks fails", () => {
    const on = measured();
    const closed = { ...on, rates: { ...on.rates, achieved: null } };
    expect(judge("rate.achieved > 0%", closed)).toMatchObject({ ok: false, actual: null });
  });

  it("counts no samples as 0 where it counts samples", () => {
    expect(judge("publish_response.count == 0")).toMatchObject({ ok: true, actual: 0 });
  });

  describe("where 10 of 1000 messages were still on their way", () => {
    const on = measured({ censored: 10 });
    it.each([
      ["e2e_response.p99 < 1s", true, "990ms"],
      ["e2e_response.p99.1 < 1h", false, "> 991ms"],
      ["e2e_response.max < 1h", false, "> 1.00s"],
      ["e2e_response.mean < 1h", false, "> 501ms"],
      ["e2e_response.max == 1s", false, "> 1.00s"],
      ["e2e_response.max > 999ms", true, "> 1.00s"],
      ["e2e_response.min <= 1ms", true, "1.00ms"],
    ])("%s is %s", (text, ok, actualText) => {
      expect(judge(text, on)).toMatchObject({ ok, actualText });
    });
  });

  it("and its opposite never agree", () => {
    const pairs: readonly (readonly [Operator, Operator])[] = [
      ["<", ">="],
      [">", "<="],
      ["==", "!="],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...pairs), fc.nat(2000), ([one, other], limit) => {
        const holds = (op: Operator) => judge(`redelivered ${op} ${limit}`).ok;
        expect(holds(one)).toBe(!holds(other));
      }),
    );
  });
});

const PLAN = {
  durability: "disk",
  stream: { partitions: 1, subscriptions: 1 },
  consumers: { acknowledge: "after" },
  expect: ["e2e_response.p99 < 50ms", "rate.publish > 1/s"],
} as unknown as Plan;

describe("what holds without being asked for", () => {
  const all = ["lost", "corrupt", "copied", "phantom", "unexpected", "foreign", "reordered"];
  const without = (...names: string[]) => all.filter((name) => !names.includes(name));

  it.each<readonly [string, Partial<Record<keyof Plan, unknown>>, boolean, string[]]>([
    ["everything, normally", {}, true, all],
    ["no loss where nothing is acknowledged", { durability: "none" }, true, without("lost")],
    [
      "no loss where consumers acknowledge before",
      { consumers: { acknowledge: "before" } },
      true,
      without("lost"),
    ],
    ["no loss where delivering acknowledges", { consumers: { acknowledge: "auto" } }, true, without("lost")],
    ["no foreign ones under a name that others may use", { stream: { name: "x" } }, true, without("foreign")],
    ["no order where none is promised", {}, false, without("reordered")],
  ])("is %s", (_, over, isOrdered, want) => {
    expect(alwaysExpected({ ...PLAN, ...over } as Plan, isOrdered)).toEqual(want);
  });

  it("comes before the plan's own, and each says where it is from", () => {
    const thresholds = thresholdsOf(PLAN, { fromFlags: ["rate.publish > 1/s"], isOrdered: true });
    expect(thresholds.slice(0, all.length).map((t) => [t.expression, t.origin, t.kind])).toEqual(
      all.map((name) => [`${name} == 0`, "always", "guarantee"]),
    );
    expect(thresholds.slice(all.length).map((t) => [t.expression, t.origin])).toEqual([
      ["e2e_response.p99 < 50ms", "profile"],
      ["rate.publish > 1/s", "flag"],
    ]);
  });

  it("gives way to what the plan says of the same metric", () => {
    const plan = { ...PLAN, expect: ["lost <= 3"] };
    const lost = thresholdsOf(plan, { fromFlags: [], isOrdered: true }).filter(
      (t) => t.metric.name === "lost",
    );
    expect(lost.map((t) => t.expression)).toEqual(["lost <= 3"]);
  });
});

describe("the flat metrics", () => {
  it("have the names of thresholds, latencies with their unit", () => {
    expect(metricsOf(measured())).toMatchObject({
      lost: 2,
      offered: 1000,
      "rate.publish": 990,
      "rate.achieved": 0.9998,
      "rate.publish_bytes": 2_097_152,
      "e2e_response.count": 1000,
      "e2e_response.p99_ms": 990,
      "e2e_response.p99.9_ms": 999,
      "e2e_response.mean_ms": 500.5,
      "e2e_response.max_ms": 1000,
    });
  });

  it("leave out what was not measured or is only known to be more", () => {
    const metrics = metricsOf(measured({ censored: 10 }));
    expect(metrics).toHaveProperty(["e2e_response.p99_ms"], 990);
    expect(metrics).not.toHaveProperty(["e2e_response.p99.9_ms"]);
    expect(metrics).not.toHaveProperty(["e2e_response.max_ms"]);
    expect(metrics).not.toHaveProperty(["publish_response.p99_ms"]);
    expect(metrics).toHaveProperty(["publish_response.count"], 0);
  });

  it("agree with thresholds", () => {
    for (const [name, value] of Object.entries(metricsOf(measured()))) {
      const isTime = name.endsWith("_ms");
      const threshold = parseThreshold(`${name.replace(/_ms$/, "")} >= 0${isTime ? "ms" : ""}`, "profile");
      expect(evaluateThreshold(threshold, measured()).actual, name).toBe(value);
    }
  });
});
