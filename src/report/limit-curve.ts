import { formatDuration, formatRate } from "../model/units.ts";
import type { LimitStep, TargetLimit } from "./limit-result.ts";
import { paint, type Style } from "./style.ts";
import { fitTable } from "./table.ts";

/** The rate–latency curve of one target, one line a step, the lowest rate first. */
export function curveLines(t: TargetLimit, name: string, style: Style): readonly string[] {
  if (t.steps.length === 0) return [];
  const hasBar = t.steps.some((s) => s.usedShare !== null);
  const heads = ["rate", "sent", "p50", "p99", "p99.9", "max", ...(hasBar ? [USED] : []), "verdict"];
  const steps = t.steps
    .map((step, i) => ({ step, i }))
    .sort((a, b) => a.step.ratePerS - b.step.ratePerS || a.i - b.i);
  const rows = steps.map(({ step }) => [
    formatRate(step.ratePerS),
    `${(Math.floor(step.achieved * 1000) / 10).toFixed(1)}%`,
    ...latencyCells(step),
    ...(hasBar ? [bar(step, style)] : []),
    verdictCell(step, style),
  ]);
  const align = heads.map((h) => (h === USED || h === "verdict" ? ("left" as const) : ("right" as const)));
  return [`Rate and e2e response of ${name}`, ...fitTable([heads, ...rows], align)];
}

const USED = "used";
/** Cells of a bar up to the limit, and beyond it. */
const WITHIN = 8;
const BEYOND = 2;

/** How much of the tightest objective is used up: the dots end where its limit is. */
function bar({ usedShare, verdict }: LimitStep, style: Style): string {
  // What failed without a number, such as a lower bound, is beyond any limit.
  const share = usedShare ?? (verdict === "fails" ? Number.POSITIVE_INFINITY : 0);
  const cells = Math.min(WITHIN + BEYOND, Math.ceil(share * WITHIN));
  const text = "█"
    .repeat(cells)
    .padEnd(WITHIN, "·")
    .padEnd(WITHIN + BEYOND);
  return paint(text, share > 1 ? "bad" : "good", style);
}

function latencyCells({ e2eResponse: l, p99Invalid }: LimitStep): readonly string[] {
  if (l === null) return ["–", "–", "–", "–"];
  const finished = l.count - l.censored;
  const at = (p: number, ns: number): string =>
    `${Math.ceil((p / 100) * l.count) > finished ? ">" : ""}${formatDuration(ns)}`;
  return [
    at(50, l.p50Ns),
    at(99, l.p99Ns) + (p99Invalid.length > 0 ? "!" : ""),
    at(99.9, l.p999Ns),
    at(100, l.maxNs),
  ];
}

/** Longer reasons are in limit.json, and in the report of the step. */
const MOST = 14;

function verdictCell(step: LimitStep, style: Style): string {
  const again = step.purpose === "confirm" || step.purpose === "repeat" ? " again" : "";
  if (step.verdict === "holds") return `${paint("✓", "good", style)} holds${again}`;
  const reason = step.reasons[0]?.short ?? "fails";
  const text = reason.length > MOST ? `${reason.slice(0, MOST - 1)}…` : reason;
  return `${step.isClose ? paint("~", "warn", style) : paint("✗", "bad", style)} ${text}${again}`;
}
