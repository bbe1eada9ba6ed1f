import { UserError } from "../../model/errors.ts";
import { FAULT_KINDS, type FaultKind, type FaultPlan } from "../../model/fault.ts";
import { createRandom, type Random } from "../../model/random.ts";
import { nearest } from "../../model/suggest.ts";
import { formatDuration, parseCount, parseDurationNs } from "../../model/units.ts";
import { PARAMETERS, POINTS_OF } from "./fault-keys.ts";
import { buildFault, busyUntilNs, NODE_BACK_NS, type RawFault } from "./faults.ts";

/** A schedule that is drawn: so many faults of these kinds, one after another. */
export interface RandomFaults {
  readonly count: number;
  /** Each of them comes as often as the others, or once more. */
  readonly kinds: readonly FaultKind[];
  /** How long a fault lasts, at least and at most. */
  readonly forNs: readonly [least: number, most: number];
  /** Between two faults, at least. */
  readonly gapNs: number;
  /** What these faults have in common, as a plain fault has it. */
  readonly common: RawFault;
  /** The plan's, unless told. */
  readonly seed?: number;
}

const KEYS = ["count", "kinds", "for", "gap", "seed", "node", "side"] as const;
const DEFAULT_FOR = "100ms..500ms";
const DEFAULT_GAP = "500ms";
/** Until a killed agent's successor is at work. */
const AGENT_BACK_NS = 3e9;
/** What stays changed has no place in a series of faults that each stand alone; nor what most plans have no place for. */
const NOT_DRAWN: readonly FaultKind[] = ["delete-queue", "raise-min-isr", "add-partitions", "join"];
const KINDS = FAULT_KINDS.filter((kind) => !NOT_DRAWN.includes(kind));
/** Of the plan's seed, beside the streams of its producers. */
const STREAM = 0xfa17;
const MS = 1e6;
const EXAMPLE = "Write 'random count=5 kinds=cut,stall'.";

export function isRandom(raw: RawFault): boolean {
  return raw.kind === "random" || raw.random !== undefined;
}

/** From `random count=5 kinds=cut,stall` or `random: { count: 5, kinds: [cut, stall] }`. @throws UserError */
export function readRandom(raw: RawFault): RandomFaults {
  const { kind: _, ...flat } = raw;
  const own = raw.random === undefined ? flat : (raw.random as RawFault);
  const beside = raw.random === undefined ? [] : Object.keys(raw).filter((key) => key !== "random");
  if (beside.length > 0)
    throw bad(`random stands alone, and there is ${beside.join(", ")} beside it`, "Put it into random.");
  for (const key of Object.keys(own)) {
    if (KEYS.some((known) => known === key)) continue;
    const guess = nearest(key, KEYS);
    throw bad(
      `random has no parameter "${key}"${guess ? `, did you mean "${guess}"?` : ""}`,
      `random takes ${KEYS.join(", ")}.`,
    );
  }
  if (own.count === undefined) throw bad("random needs count");
  if (own.kinds === undefined) throw bad("random needs kinds", `Choose among ${KINDS.join(", ")}.`);
  const { node, side } = own;
  const spec: RandomFaults = {
    count: parseCount(String(own.count), "count"),
    kinds: kindsOf(own.kinds),
    forNs: rangeOf(String(own.for ?? DEFAULT_FOR)),
    gapNs: parseDurationNs(String(own.gap ?? DEFAULT_GAP), "gap"),
    common: { ...(node === undefined ? {} : { node }), ...(side === undefined ? {} : { side }) },
    ...(own.seed === undefined ? {} : { seed: parseCount(String(own.seed), "seed") }),
  };
  if (spec.count === 0) throw bad("count is zero");
  return spec;
}

/**
 * Draws the schedule. It lies in the longest stretch of the measure phase without other faults.
 * @param number of the schedule in its plan: two of one plan differ
 * @param taken faults that are there already
 * @throws UserError where it does not fit, whatever would be drawn, or the kinds do not take what they have in common
 */
export function drawFaults(
  spec: RandomFaults,
  at: {
    readonly measureNs: number;
    readonly seed: number;
    readonly number: number;
    readonly taken: readonly FaultPlan[];
  },
): readonly FaultPlan[] {
  const random = createRandom(spec.seed ?? at.seed, STREAM + at.number);
  const [fromMs, toMs] = longestStretch(at.taken, at.measureNs).map((ns) => Math.ceil(ns / MS)) as [
    number,
    number,
  ];
  const kinds = shuffled(
    Array.from({ length: spec.count }, (_, i) => spec.kinds[i % spec.kinds.length]!),
    random,
  );
  const [least, most] = spec.forNs.map((ns) => Math.max(1, Math.round(ns / MS))) as [number, number];
  const restMs = (kind: FaultKind): number => Math.ceil((spec.gapNs + backNs(kind)) / MS);
  const needMs = kinds.reduce((sum, kind) => sum + spanMs(kind, most) + restMs(kind), 0);
  if (needMs > toMs - fromMs)
    throw bad(
      `random: ${spec.count} faults need up to ${formatDuration(needMs * MS)} with the time between them, and there are ${formatDuration((toMs - fromMs) * MS)}`,
      "Lower count, for or gap, or raise phases.measure (--duration); a kill or restart is followed by 10 s, a crash by 3 s.",
    );
  const spans = kinds.map((kind) => spanMs(kind, between(random, least, most)));
  const usedMs = kinds.reduce((sum, kind, i) => sum + spans[i]! + restMs(kind), 0);
  // Where the free time between them falls: as many cuts of it as there are faults, each place alike likely.
  const slackMs = toMs - fromMs - usedMs;
  const cuts = kinds.map(() => between(random, 0, slackMs)).sort((a, b) => a - b);
  let beforeMs = fromMs;
  return kinds.map((kind, i) => {
    const startMs = beforeMs + cuts[i]!;
    beforeMs += spans[i]! + restMs(kind);
    return buildFault(parametersOf(kind, startMs, spans[i]!, spec.common, random), at.measureNs);
  });
}

/** Leaders move at once, and are looked at for a second. */
function spanMs(kind: FaultKind, drawnMs: number): number {
  return kind === "move-leader" ? 1000 : drawnMs;
}

function backNs(kind: FaultKind): number {
  if (kind === "kill" || kind === "restart") return NODE_BACK_NS;
  return kind === "crash" ? AGENT_BACK_NS : 0;
}

function longestStretch(taken: readonly FaultPlan[], measureNs: number): readonly [number, number] {
  let best: readonly [number, number] = [0, 0];
  let freeNs = 0;
  const consider = (endNs: number): void => {
    if (endNs - freeNs > best[1] - best[0]) best = [freeNs, endNs];
  };
  for (const fault of [...taken].sort((a, b) => a.atNs - b.atNs)) {
    consider(fault.atNs);
    freeNs = Math.max(freeNs, busyUntilNs(fault));
  }
  consider(Math.floor(measureNs / MS) * MS);
  return best;
}

function parametersOf(
  kind: FaultKind,
  atMs: number,
  forMs: number,
  common: RawFault,
  random: Random,
): RawFault {
  const { needs, takes } = PARAMETERS[kind];
  const has = (key: string): boolean => needs.includes(key) || takes.includes(key);
  const one = <T>(of: readonly T[]): T => of[between(random, 0, of.length - 1)]!;
  const isOneAgent = kind === "crash" || kind === "freeze";
  const sides = isOneAgent
    ? (["producer", "consumer"] as const)
    : (["producer", "consumer", "both"] as const);
  const side = kind === "drop-response" ? "producer" : (common.side ?? one<string>(sides));
  return {
    kind,
    at: `${atMs}ms`,
    ...(has("for") ? { for: `${forMs}ms` } : {}),
    ...(has("restart") ? { restart: `${forMs}ms` } : {}),
    ...(has("side") ? { side } : {}),
    ...(has("point") && (side === "producer" || side === "consumer") ? { point: one(POINTS_OF[side]) } : {}),
    ...(has("by") ? { by: `${between(random, 5, 50)}ms` } : {}),
    ...(has("rate") ? { rate: `${between(random, 50, 500)}KiB/s` } : {}),
    ...(has("toward") ? { toward: one(["broker", "client"]) } : {}),
    ...(needs.includes("node") ? { node: common.node ?? "leader" } : {}),
    ...(takes.includes("node") && common.node !== undefined ? { node: common.node } : {}),
  };
}

/** A whole number from `least` to `most`, both included. */
function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** Fisher and Yates. */
function shuffled<T>(items: T[], random: Random): readonly T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = between(random, 0, i);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

function kindsOf(raw: unknown): readonly FaultKind[] {
  const words = Array.isArray(raw) ? raw.map(String) : String(raw).split(",");
  return words.map((word) => {
    const kind = KINDS.find((known) => known === word.trim());
    if (kind !== undefined) return kind;
    const guess = nearest(word, KINDS);
    throw bad(
      `kinds: "${word}" is not one of ${KINDS.join(", ")}${guess ? `, did you mean "${guess}"?` : ""}`,
    );
  });
}

/** `100ms..500ms`, or one duration for all. */
function rangeOf(text: string): readonly [number, number] {
  const [least = "", most = least, ...rest] = text.split("..");
  const range = [parseDurationNs(least, "for"), parseDurationNs(most, "for")] as const;
  if (rest.length > 0 || range[0] === 0 || range[0] > range[1])
    throw bad(`for: "${text}" is not a range of durations`, "Write for=100ms..500ms.");
  return range;
}

function bad(message: string, hint: string = EXAMPLE): UserError {
  return new UserError(message, { code: "BAD_FAULT", hints: [hint] });
}
