import type { RunResult } from "../model/result.ts";
import { sizeText } from "./load-text.ts";
import { flatten, type Setting, settingText } from "./settings.ts";

/** The runs of a series by what they have in common. */
export interface SeriesPoint {
  /** `size 1KiB, rate 5.00k/s`; empty when nothing but the target varies. */
  readonly label: string;
  readonly columns: readonly SeriesColumn[];
}

/** One target at one point: a run, or its repeats. */
export interface SeriesColumn {
  readonly target: string;
  readonly runs: readonly RunResult[];
}

/**
 * Sorts runs into points and targets, in the order in which they come. What varies among the runs of one
 * target is what the series is about; what varies only between targets makes them unequal
 * (`inequalities`), and is no point of its own.
 */
export function arrange(runs: readonly RunResult[]): readonly SeriesPoint[] {
  const axes = axesOf(runs);
  const points = new Map<string, { label: string; columns: Map<string, RunResult[]> }>();
  for (const run of runs) {
    const settings = flatten(run.plan);
    const values = axes.map((axis) => settings.get(axis) ?? null);
    const key = JSON.stringify(values);
    const point = points.get(key) ?? { label: labelOf(axes, values, run), columns: new Map() };
    points.set(key, point);
    const column = point.columns.get(run.target.name) ?? [];
    point.columns.set(run.target.name, column);
    column.push(run);
  }
  return [...points.values()].map(({ label, columns }) => ({
    label,
    columns: [...columns].map(([target, own]) => ({ target, runs: own })),
  }));
}

/** The middle of what the repeats give; null when none gives anything. */
export function medianOf(
  column: SeriesColumn,
  pick: (run: RunResult) => number | null | undefined,
): number | null {
  const values = column.runs
    .map(pick)
    .filter((v) => v !== null && v !== undefined)
    .sort((a, b) => a - b);
  if (values.length === 0) return null;
  const half = values.length >> 1;
  return values.length % 2 === 1 ? values[half]! : (values[half - 1]! + values[half]!) / 2;
}

/** Lost messages do not average out: counts are those of all repeats together. */
export function sumOf(column: SeriesColumn, pick: (run: RunResult) => number): number {
  return column.runs.reduce((n, run) => n + pick(run), 0);
}

/** The settings that vary among the runs of some target. */
export function axesOf(runs: readonly RunResult[]): readonly string[] {
  const axes = new Set<string>();
  const byTarget = groupBy(runs, (run) => run.target.name);
  for (const own of byTarget.values()) {
    const all = own.map((run) => flatten(run.plan));
    for (const path of new Set(all.flatMap((s) => [...s.keys()])))
      if (new Set(all.map((s) => s.get(path))).size > 1) axes.add(path);
  }
  return [...axes];
}

/** Short names for targets, `kafka:log`; with the client where two targets differ in nothing else. */
export function namesOf(runs: readonly RunResult[]): (target: string) => string {
  const short = (name: string): string => name.split("@")[0]!;
  const full = new Set(runs.map((run) => run.target.name));
  const isUnique = new Set([...full].map(short)).size === full.size;
  return (name) => (isUnique ? short(name) : name);
}

/** `Map.groupBy`, which the oldest supported Node has but our language level does not. */
export function groupBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function labelOf(axes: readonly string[], values: readonly (Setting | null)[], run: RunResult): string {
  const isSize = (axis: string): boolean => axis.startsWith("message.size.");
  const size = axes.some(isSize) ? [`size ${sizeText(run.plan.message.size)}`] : [];
  return [...size, ...axes.flatMap((a, i) => (isSize(a) ? [] : [settingText(a, values[i] ?? null)]))].join(
    ", ",
  );
}
