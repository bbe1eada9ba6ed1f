import { UserError } from "../model/errors.ts";
import type { ThresholdResult } from "../model/result.ts";
import { parseCount, parseDurationNs, parseRatePerS, parseSizeBytes } from "../model/units.ts";
import { findMetric, type Metric, metricHelp } from "./threshold-metrics.ts";
import { type Measured, measure, textOf } from "./threshold-values.ts";

/** `e2e_response.p99 < 50ms`, read. */
export interface Threshold {
  /** As it was written, with single blanks. */
  readonly expression: string;
  readonly origin: ThresholdResult["origin"];
  readonly kind: ThresholdResult["kind"];
  readonly metric: Metric;
  readonly op: Operator;
  /** In the metric's base unit: ms for latencies, messages or bytes per second, 0–1 for ratios, or a count. */
  readonly limit: number;
}

export type Operator = "<" | "<=" | ">" | ">=" | "==" | "!=";

/**
 * Reads `metric op value[unit]`. Times need their unit; a rate may have one (`50k/s`), `rate.achieved` is a
 * percentage or a number up to 1.
 * @throws UserError `BAD_THRESHOLD` before anything runs, saying what is possible.
 */
export function parseThreshold(text: string, origin: ThresholdResult["origin"]): Threshold {
  const match = /^\s*([\w.]+)\s*(<=|>=|==|!=|<|>|=(?!=))\s*(\S(?:.*\S)?)\s*$/.exec(text);
  if (!match)
    throw bad(text, "is not metric, operator and value", "Write it like 'e2e_response.p99 < 50ms'.");
  const [, name, op, value] = match as unknown as [string, string, string, string];
  if (op === "=") throw bad(text, 'uses "="', 'Write "==" for equal, or one of < <= > >= !=.');
  const metric = findMetric(name);
  if (!metric) throw bad(text, `is about "${name}", which is no metric`, metricHelp());
  return {
    expression: `${name} ${op} ${value}`,
    origin,
    kind: metric.kind === "count" && metric.isDelivery ? "guarantee" : "threshold",
    metric,
    op: op as Operator,
    limit: limitOf(text, metric, value),
  };
}

/** Judges one threshold. A sample that is empty fails: nothing was shown. */
export function evaluateThreshold(threshold: Threshold, measured: Measured): ThresholdResult {
  const { expression, origin, kind, metric, op, limit } = threshold;
  const actual = measure(metric, measured);
  return {
    expression,
    origin,
    kind,
    ok: actual !== null && holds(actual.value, op, limit, actual.isLowerBound),
    actual: actual?.value ?? null,
    actualText: textOf(metric, actual),
  };
}

/**
 * Of a lower bound only "more than" can be shown. Where messages were still outstanding at the end,
 * `p99 < 50ms` fails even if the bound itself is below 50 ms.
 */
export function holds(value: number, op: Operator, limit: number, isLowerBound: boolean): boolean {
  switch (op) {
    case "<":
      return !isLowerBound && value < limit;
    case "<=":
      return !isLowerBound && value <= limit;
    case "==":
      return !isLowerBound && value === limit;
    case "!=":
      return isLowerBound ? value > limit : value !== limit;
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
  }
}

function limitOf(text: string, metric: Metric, value: string): number {
  try {
    switch (metric.kind) {
      case "latency":
        return metric.aggregate.kind === "count"
          ? parseCount(value, metric.name)
          : parseDurationNs(value, metric.name) / 1e6;
      case "count":
        return parseCount(value, metric.name);
      case "rate":
        if (metric.unit === "ratio") return parseRatio(value, metric.name);
        if (metric.unit === "bytes per second") return parseSizeBytes(value.replace(/\/s$/, ""), metric.name);
        // Zero is no rate to send at, but a fine bound to stay above.
        return /^0(\/s)?$/.test(value) ? 0 : parseRatePerS(value, metric.name);
    }
  } catch (error) {
    if (error instanceof UserError) throw bad(text, `cannot be read: ${error.message}`, error.hints[0] ?? "");
    throw error;
  }
}

function parseRatio(value: string, name: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(value);
  const ratio = match ? Number(match[1]) / (match[2] ? 100 : 1) : Number.NaN;
  if (ratio <= 1) return ratio;
  throw new UserError(`${name}: "${value}" is not a ratio`, {
    code: "BAD_UNIT",
    hints: ["Write 99% or 0.99."],
  });
}

function bad(text: string, why: string, hint: string): UserError {
  return new UserError(`threshold "${text.trim()}" ${why}`, {
    code: "BAD_THRESHOLD",
    hints: hint === "" ? [] : [hint],
  });
}
