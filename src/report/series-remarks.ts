import type { Finding, RunResult, Warning } from "../model/result.ts";
import { closings } from "./closing.ts";
import { findingText } from "./findings.ts";
import { groupBy, type SeriesColumn, type SeriesPoint } from "./series.ts";
import { verdictMark } from "./series-text.ts";
import { paint, type Style } from "./style.ts";
import { wrap } from "./table.ts";
import { verdictOf } from "./verdict.ts";

type NameOf = (target: string) => string;

/** What did not hold, and why runs did not pass: for each target of each point, the same words once. */
export function failureLines(
  points: readonly SeriesPoint[],
  nameOf: NameOf,
  style: Style,
): readonly string[] {
  const failures = points.flatMap(({ label, columns }) =>
    columns.flatMap((column) => {
      const where = label === "" ? nameOf(column.target) : `${nameOf(column.target)} at ${label}`;
      return failuresOf(column).map((failure) => ({ ...failure, where }));
    }),
  );
  const lines = [...groupBy(failures, (f) => f.lead + f.text).values()].flatMap((same) => {
    const { lead, tone, text } = same[0]!;
    return wrap(`${same.map((f) => f.where).join(", ")}: ${text}`, 2, `${paint(lead, tone, style)} `);
  });
  return lines.length === 0 ? [] : ["What failed", ...lines];
}

/** Findings, the worst first, then warnings; what hits several targets is said once for all of them. */
export function remarkLines(runs: readonly RunResult[], nameOf: NameOf, style: Style): readonly string[] {
  const targets = [...groupBy(runs, (r) => r.target.name)];
  const unsorted = targets.flatMap(([name, own]) => mergedFindings(nameOf(name), own));
  const findings = SEVERITIES.flatMap((severity) => unsorted.filter((f) => f.severity === severity));
  const warnings = targets.flatMap(([name, own]) => mergedWarnings(nameOf(name), own));
  const lines = [
    ...[...groupBy(findings, (f) => f.text).values()].flatMap((same) =>
      wrap(`${whereOf(same)}: ${same[0]!.text}`, 2, `${sign(same[0]!.severity, style)} `),
    ),
    ...[...groupBy(warnings, (w) => w.code).values()].flatMap((same) => warningLines(same, style)),
  ];
  return lines.length === 0 ? [] : ["Findings and warnings", ...lines];
}

/** What the drivers say about their targets, each note once. */
export function noteLines(runs: readonly RunResult[], nameOf: NameOf): readonly string[] {
  const notes = new Map<string, Set<string>>();
  for (const { target } of runs)
    for (const note of target.notes) notes.set(note, (notes.get(note) ?? new Set()).add(nameOf(target.name)));
  const sets = groupBy([...notes], ([, targets]) => [...targets].join(", "));
  const lines = [...sets].flatMap(([targets, own]) =>
    wrap(`${targets}: ${own.map(([note]) => note).join(" ")}`, 2, "· "),
  );
  return lines.length === 0 ? [] : ["About these targets", ...lines];
}

/** The worst first. */
const SEVERITIES = ["fail", "warn", "info"] as const;

function failuresOf({ runs }: SeriesColumn) {
  const of = (n: number): string => (runs.length === 1 ? "" : ` (${n} of ${runs.length} runs)`);
  const failed = runs.flatMap((r) => r.thresholds.filter((t) => !t.ok));
  const thresholds = [...groupBy(failed, (t) => t.expression)].map(([expression, same]) => ({
    lead: verdictMark("FAIL", "bad"),
    tone: "bad" as const,
    text: `${expression}, measured ${[...new Set(same.map((t) => t.actualText))].join(" and ")}${of(same.length)}`,
  }));
  const reasons = runs.flatMap((run) => {
    const { word, tone, reasons: own } = verdictOf(run);
    if (word === "PASS") return [];
    const told = run.thresholds.filter((t) => !t.ok).map((t) => `${t.expression} failed`);
    const open = closings(run).filter((c) => !c.closes);
    return [
      ...own.filter((reason) => !told.some((t) => reason.startsWith(t))),
      ...open.map((c) => `${c.of}: ${c.sum} does not close: ${c.left} against ${c.right}`),
    ].map((text) => ({ lead: verdictMark(word, tone), tone, text }));
  });
  const merged = [...groupBy(reasons, (r) => r.lead + r.text).values()].map((same) => ({
    ...same[0]!,
    text: same[0]!.text + of(same.length),
  }));
  return [...thresholds, ...merged];
}

interface Remark {
  readonly where: string;
  readonly text: string;
}

/** Over subscriptions and repeats: their sum, with the first example. */
function mergedFindings(where: string, runs: readonly RunResult[]): readonly (Finding & Remark)[] {
  const all = runs.flatMap((run) => run.findings.map((finding) => ({ run, finding })));
  return [...groupBy(all, ({ finding: f }) => `${f.severity} ${f.code}`).values()].map((same) => {
    const [first, ...more] = same.map((s) => s.finding);
    const { subscription: _, ...base } = first!;
    const count = same.reduce((n, s) => n + s.finding.count, 0);
    const examples = same.flatMap((s) => s.finding.examples).slice(0, 1);
    const merged = more.length === 0 ? first! : { ...base, count, examples };
    return { ...merged, where, text: findingText(merged) + ofRuns(same, runs) };
  });
}

function mergedWarnings(where: string, runs: readonly RunResult[]): readonly (Warning & Remark)[] {
  const all = runs.flatMap((run) => run.warnings.map((warning) => ({ run, warning })));
  return [...groupBy(all, (w) => w.warning.code).values()].map((same) => {
    const { warning } = same[0]!;
    const isFirst = new Set(same.map((s) => s.warning.message)).size > 1;
    return {
      ...warning,
      where,
      text: warning.message + ofRuns(same, runs, isFirst ? ", this is the first" : ""),
    };
  });
}

function ofRuns(hit: readonly { readonly run: RunResult }[], runs: readonly RunResult[], more = ""): string {
  return runs.length === 1
    ? ""
    : ` (in ${new Set(hit.map((h) => h.run)).size} of ${runs.length} runs${more})`;
}

/** One warning on several targets: its code and its hint once. */
function warningLines(same: readonly (Warning & Remark)[], style: Style): readonly string[] {
  const texts = [...groupBy(same, (w) => w.text)].map(([text, own]) => `${whereOf(own)}: ${text}`);
  const hints = new Set(same.flatMap((w) => w.hint ?? []));
  const lead = `${sign("warn", style)} `;
  return [
    ...(texts.length === 1
      ? wrap(`${same[0]!.code}: ${texts[0]}`, 2, lead)
      : [`  ${lead}${same[0]!.code}`, ...texts.flatMap((t) => wrap(t, 4, "· "))]),
    ...[...hints].flatMap((hint) => wrap(hint, 4, "→ ")),
  ];
}

const whereOf = (same: readonly Remark[]): string => same.map((s) => s.where).join(", ");

function sign(severity: Finding["severity"], style: Style): string {
  if (severity === "fail") return paint("✗ FAIL", "bad", style);
  return severity === "warn" ? paint("! warn", "warn", style) : "· info";
}
