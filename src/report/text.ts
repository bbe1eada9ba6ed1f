import type { RunResult } from "../model/result.ts";
import { formatCount, formatDuration } from "../model/units.ts";
import { bySeverity, findingText } from "./findings.ts";
import { workText } from "./load-text.ts";
import { finish, mark, paint, type Style } from "./style.ts";
import { alignTable, joined, wrap } from "./table.ts";
import { countLines } from "./text-counts.ts";
import { faultCostLines } from "./text-fault-cost.ts";
import { faultLines } from "./text-faults.ts";
import { guaranteeLines } from "./text-guarantee.ts";
import { brokerLines, harnessLines } from "./text-harness.ts";
import { latencyLines } from "./text-latency.ts";
import { orderLines } from "./text-order.ts";
import { predictionLines } from "./text-prediction.ts";
import { rateLines, timeLines } from "./text-rates.ts";
import { verdictOf } from "./verdict.ts";

export interface TextOptions extends Style {
  /** Where the run is stored. */
  readonly folder?: string;
}

/** One run for people at a terminal: the verdict first, 80 columns. */
export function renderRun(result: RunResult, options: TextOptions): string {
  const { folder, ...style } = options;
  const isEmpty = result.counts.offered === 0;
  const sections = [
    headLines(result, style),
    thresholdLines(result, style),
    ...(!isEmpty
      ? [
          countLines(result, style),
          orderLines(result, style),
          rateLines(result),
          latencyLines(result, style),
          timeLines(result),
          faultLines(result, style),
          ...faultCostLines(result, style),
          guaranteeLines(result, style),
        ]
      : []),
    // Nothing was measured yet: a table of zeros would look like a measurement.
    ...(isEmpty ? [] : [brokerLines(result), harnessLines(result, style)]),
    ...remarkSections(result, style),
    predictionLines(result, style),
    ...(folder === undefined ? [] : [["Files", `  ${folder}`]]),
    ["Again", `  ${result.run.command}`],
    ...reproduceSection(result),
  ];
  return finish(joined(sections, style), style);
}

/** The smallest command that shows what failed: one run, with its seed. */
function reproduceSection({ exit, run: { command, reproduce } }: RunResult): readonly (readonly string[])[] {
  if (exit.code === 0 || reproduce === undefined || reproduce === command) return [];
  return [["Reproduce", `  ${reproduce}`]];
}

function headLines(result: RunResult, style: Style): readonly string[] {
  const { target, plan } = result;
  const { word, tone, reasons } = verdictOf(result);
  const verdict = `${paint(word, tone, style)}  ${paint(`${plan.profile} on ${target.name}`, "strong", style)}`;
  return [
    verdict,
    ...reasons.flatMap((r) => wrap(r, 2, "· ")),
    // Before the target was connected, nothing is known of it.
    ...(target.version === "" ? [] : wrap(targetLine(target))),
    ...wrap(workText(plan)),
    ...(target.version === "" ? [] : wrap(acknowledgedText(result))),
  ];
}

function targetLine({ version, clientVersion, address, origin }: RunResult["target"]): string {
  return `${version}, client ${clientVersion || "unknown"}${address ? ` at ${address}` : ""} (${ORIGIN[origin]})`;
}

const ORIGIN: Readonly<Record<RunResult["target"]["origin"], string>> = {
  given: "yours",
  up: "local, was up before",
  started: "local, started for this run",
  none: "inside mqbench, no broker",
};

export function acknowledgedText({ plan, target: { durability } }: RunResult): string {
  if (durability.copies === "none")
    return "nothing is acknowledged: what gets lost on the way is not noticed";
  const copies = durability.copies === "one" ? "one copy" : "a majority of the copies";
  return `acknowledged means: ${copies} in ${FLUSH[durability.flush]} (asked for: ${plan.durability})`;
}

const FLUSH = { memory: "memory", "page cache": "the page cache", fsync: "the file, with fsync" } as const;

function thresholdLines({ thresholds }: RunResult, style: Style): readonly string[] {
  if (thresholds.length === 0) return [];
  const rows = thresholds.map((t) => [
    t.invalid === undefined ? mark(t.ok, style) : paint("! open", "warn", style),
    t.expression,
    t.actualText,
    t.invalid === undefined ? (t.origin === "always" ? "always checked" : "") : `no verdict: ${t.invalid[0]}`,
  ]);
  return ["Thresholds", ...alignTable(rows, ["left", "left", "right", "left"])];
}

function remarkSections(result: RunResult, style: Style): readonly (readonly string[])[] {
  const findings = bySeverity(result.findings).flatMap((f) =>
    wrap(findingText(f), 2, `${sign(f.severity, style)} `),
  );
  const warnings = result.warnings.flatMap((w) => [
    ...wrap(`${w.code}: ${w.message}`, 2, `${sign("warn", style)} `),
    ...(w.hint === undefined ? [] : wrap(w.hint, 4, "→ ")),
  ]);
  const notes = result.target.notes.flatMap((n) => wrap(n, 2, "· "));
  const events = eventLines(result);
  return [
    findings.length + warnings.length > 0 ? ["Findings and warnings", ...findings, ...warnings] : [],
    notes.length > 0 ? ["About this target", ...notes] : [],
    events.length > 0 ? ["Events", ...events] : [],
  ];
}

/** As many as explain something; the rest is in run.json. */
const SHOWN_EVENTS = 8;

function eventLines({ events }: RunResult): readonly string[] {
  const told = events.filter((e) => e.kind !== "connected" && e.kind !== "closed");
  const lines = told
    .slice(0, SHOWN_EVENTS)
    .flatMap((e) =>
      wrap(`${e.source} ${e.kind}${e.detail ? `: ${e.detail}` : ""}`, 2, `${formatDuration(e.atNs)} `),
    );
  const more = told.length - SHOWN_EVENTS;
  return more > 0 ? [...lines, `  … and ${formatCount(more)} more in run.json`] : lines;
}

function sign(severity: "fail" | "warn" | "info", style: Style): string {
  if (severity === "fail") return paint("✗ FAIL", "bad", style);
  return severity === "warn" ? paint("! warn", "warn", style) : "· info";
}
