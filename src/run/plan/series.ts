import type { Axis } from "./flags.ts";

/** One choice for each axis. */
export type Point = readonly { readonly axis: Axis; readonly value: unknown }[];

/** The cross product, the last axis turning fastest. */
export function pointsOf(axes: readonly Axis[]): readonly Point[] {
  let points: readonly Point[] = [[]];
  for (const axis of axes)
    points = points.flatMap((point) => axis.values.map((value) => [...point, { axis, value }]));
  return points;
}

/** `items` starting with the `by`-th: over several repeats no target always goes first. */
export function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
