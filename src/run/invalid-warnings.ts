import type { HarnessResult, MetricValidity } from "../model/harness.ts";
import type { RunResult, ThresholdResult, Warning } from "../model/result.ts";
import { formatDuration, formatRate } from "../model/units.ts";

export interface InvalidNumbers {
  readonly rates: RunResult["rates"];
  readonly latency: RunResult["latency"];
  readonly harness: HarnessResult;
  readonly validity: Readonly<Record<string, MetricValidity>>;
  readonly floor: RunResult["floor"];
  readonly thresholds: readonly ThresholdResult[];
}

/** Percentiles whose invalidity is worth a warning of its own; beyond them the report's table marks it. */
const HEADLINES = ["p50", "p75", "p90", "p95", "p99"];

/** One warning for each way in which the harness may have caused numbers, naming them and what was seen beside. */
export function invalidWarnings(n: InvalidNumbers): readonly Warning[] {
  const asked = n.thresholds.flatMap((t) =>
    t.invalid === undefined ? [] : (t.expression.split(" ")[0] ?? []),
  );
  const invalid = (code: string): string[] =>
    Object.entries(n.validity)
      .filter(([name, v]) => v.codes.includes(code) && (isHeadline(name) || asked.includes(name)))
      .map(([name]) => name);
  const seen = [...new Set((n.harness.causes ?? []).map((c) => c.code))];
  const beside = seen.length === 0 ? "" : `; seen beside it: ${seen.join(", ")}`;
  const warnings: Warning[] = [];
  const late = invalid("HARNESS_LATE");
  if (late.length > 0)
    warnings.push({
      code: "HARNESS_LATE",
      message: `${listed(late, n, "lateness")}: mqbench itself was late by more than a quarter of it${beside}`,
      hint: HINT,
    });
  const hiccup = invalid("HARNESS_HICCUP");
  if (hiccup.length > 0)
    warnings.push({
      code: "HARNESS_HICCUP",
      message: `${listed(hiccup, n, "hiccup")}: this machine kept a thread that only sleeps waiting for more than a quarter of it${beside}`,
      hint: HINT,
    });
  const bound = invalid("HARNESS_BOUND");
  if (bound.length > 0)
    warnings.push({
      code: "HARNESS_BOUND",
      message: `${bound.join(", ")}: the harness alone reaches only ${ceilingText(n)} at these settings, less than 1.2 times what was measured${beside}`,
      hint: "Share the work out to more agents, send larger messages, or read it as a lower bound of the broker's.",
    });
  return warnings;
}

const HINT =
  "Lower the rate, give the machine fewer other jobs, or run mqbench on another machine than the broker.";

function isHeadline(name: string): boolean {
  return name.startsWith("rate.") || HEADLINES.some((p) => name.endsWith(`.${p}`));
}

/** `e2e_response.p99 (4.10ms of 12.1ms)`, the last and so highest percentile of each latency. */
function listed(names: readonly string[], n: InvalidNumbers, what: "lateness" | "hiccup"): string {
  const last = new Map(names.map((name) => [name.slice(0, name.indexOf(".")), name]));
  return [...last.values()]
    .map((name) => {
      const [of = "", p = ""] = [name.slice(0, name.indexOf(".")), name.slice(name.indexOf(".") + 2)];
      const spread = n.harness[what]?.percentiles;
      const whole = n.latency[of as keyof RunResult["latency"]]?.percentiles;
      const key = p as keyof NonNullable<typeof whole>;
      return spread?.[key] === undefined || whole?.[key] === undefined
        ? name
        : `${name} (${formatDuration(spread[key])} of ${formatDuration(whole[key])})`;
    })
    .join(", ");
}

function ceilingText({ floor }: InvalidNumbers): string {
  if (floor === undefined) return "that";
  const { publish, consume } = floor.ceiling;
  return `${formatRate(publish)} published and ${formatRate(consume)} consumed`;
}
