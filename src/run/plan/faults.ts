import { UserError } from "../../model/errors.ts";
import {
  CRASH_POINTS,
  type CrashPoint,
  FAULT_KINDS,
  FAULT_NODES,
  FAULT_SIDES,
  FAULT_WAYS,
  type FaultKind,
  type FaultNode,
  type FaultPlan,
  type FaultSide,
  type FaultWay,
  isNodeDown,
} from "../../model/fault.ts";
import { nearest } from "../../model/suggest.ts";
import { formatDuration, parseCount, parseDurationNs, parseSizeBytes } from "../../model/units.ts";
import { DEFAULT_SPAN, EXAMPLE, PARAMETERS, POINTS_OF } from "./fault-keys.ts";
import type { Tree } from "./layer.ts";

/** A fault as a profile writes it; the schema promises texts and numbers. */
export type RawFault = Tree;

/** A node that is started needs 3 s on two idle cores, and clients and copies some more; nothing begins before. */
export const NODE_BACK_NS = 10e9;

/** `pause at=3s for=500ms` → what a profile would say. @throws UserError */
export function parseFault(text: string): RawFault {
  const raw: Record<string, string> = {};
  for (const word of text.trim().split(/\s+/)) {
    const equals = word.indexOf("=");
    const key = equals < 0 ? "kind" : word.slice(0, equals);
    const value = equals < 0 ? word : word.slice(equals + 1);
    if (key === "" || value === "") throw bad(`"${word}" is not key=value`);
    if (Object.hasOwn(raw, key))
      throw bad(key === "kind" ? `two kinds, ${raw.kind} and ${value}` : `${key} is given twice`);
    raw[key] = value;
  }
  return raw;
}

/**
 * @param measureNs of the measure phase: a change of the stream lasts to its end, unless told
 * @throws UserError for a kind that there is not, a parameter that is missing, unknown or unreadable
 */
export function buildFault(raw: RawFault, measureNs: number): FaultPlan {
  const kind = oneOf(FAULT_KINDS, raw.kind, "kind");
  const { needs, takes } = PARAMETERS[kind];
  const known = [...needs, ...takes];
  for (const key of Object.keys(raw)) {
    if (key === "kind" || known.includes(key)) continue;
    const guess = nearest(key, known);
    throw bad(
      `${kind} has no parameter "${key}"${guess ? `, did you mean "${guess}"?` : ""}`,
      `${kind} takes ${known.join(", ")}.`,
    );
  }
  for (const key of needs)
    if (raw[key] === undefined) throw bad(`${kind} needs ${key}`, `Write ${exampleOf(kind)}.`);
  const atNs = parseDurationNs(String(raw.at), "at");
  const span = {
    atNs,
    forNs: spanNs(kind, raw, Math.max(1, measureNs - atNs)),
    side: sideOf(kind, raw.side),
  };
  if (kind === "crash")
    return { kind, ...span, point: pointOf(span.side, raw.point), keepsJournal: keepsJournal(raw.journal) };
  if (span.forNs === 0) throw bad("for is zero", "Give the fault a time, such as for=500ms.");
  switch (kind) {
    case "delay":
      return { kind, ...span, byNs: positive(parseDurationNs(String(raw.by), "by"), "by") };
    case "slow":
      return { kind, ...span, bytesPerS: bytesPerS(String(raw.rate)) };
    case "half-open":
      return { kind, ...span, toward: raw.toward === undefined ? "client" : wayOf(raw.toward) };
    case "pause":
      return { kind, ...span, ...(raw.node === undefined ? {} : { node: nodeOf(raw.node) }) };
    case "kill":
      return { kind, ...span, node: nodeOf(raw.node), ...lagOf(raw.lag, span.forNs) };
    case "restart":
      return { kind, ...span, node: nodeOf(raw.node) };
    case "raise-min-isr":
    case "add-partitions":
      return { kind, ...span, to: positive(parseCount(String(raw.to), "to"), "to") };
    default:
      return { kind, ...span };
  }
}

/** A crash says how soon there is a new agent; a change of the stream lasts to the end of the phase, unless told. */
function spanNs(kind: FaultKind, raw: RawFault, toEndNs: number): number {
  if (raw.restart !== undefined) return parseDurationNs(String(raw.restart), "restart");
  const text = raw.for ?? DEFAULT_SPAN[kind];
  // What begins at the end, or behind it, is told that by checkFaults.
  return text === undefined ? toEndNs : parseDurationNs(String(text), "for");
}

/**
 * Whether a plan's faults fit into its measure phase, one after another.
 * @returns what is wrong, with the number of the fault
 */
export function checkFaults(
  faults: readonly FaultPlan[],
  measureNs: number,
): readonly { readonly index: number; readonly message: string; readonly hint: string }[] {
  const problems: { index: number; message: string; hint: string }[] = [];
  faults.forEach((f, index) => {
    const end = f.atNs + f.forNs;
    if (end > measureNs)
      problems.push({
        index,
        message: `${faultText(f)} ends ${formatDuration(end)} into a measure phase of ${formatDuration(measureNs)}`,
        hint: "Times count from the start of the measure phase: begin earlier, or raise phases.measure (--duration).",
      });
    for (const other of faults.slice(0, index)) {
      if (f.atNs >= busyUntilNs(other) || other.atNs >= busyUntilNs(f)) continue;
      const isStarting = f.atNs >= other.atNs + other.forNs;
      problems.push({
        index,
        message: isStarting
          ? `${faultText(f)} begins while the node of ${faultText(other)} may still be starting`
          : `${faultText(f)} overlaps ${faultText(other)}`,
        hint: isStarting
          ? `Leave ${formatDuration(NODE_BACK_NS)} between a kill or restart and what comes next.`
          : "Let one end before the next begins: of two at once nobody could say which one did it.",
      });
    }
  });
  return problems;
}

/** When nothing of it is left that could be taken for another fault. */
export function busyUntilNs(fault: FaultPlan): number {
  return fault.atNs + fault.forNs + (isNodeDown(fault) ? NODE_BACK_NS : 0);
}

/** `pause at 3s for 500ms` */
export function faultText(fault: FaultPlan): string {
  const { kind, atNs, forNs } = fault;
  if (fault.kind === "crash")
    return `crash of a ${fault.side} ${fault.point} at ${formatDuration(atNs)}, restart after ${formatDuration(forNs)}`;
  return `${kind}${details(fault)} at ${formatDuration(atNs)} for ${formatDuration(forNs)}`;
}

/** What tells it from others of its kind, but for what is so unless told. */
function details(fault: FaultPlan): string {
  const words = [
    ...("node" in fault ? [fault.node === "leader" ? "of the leader" : `of node ${fault.node}`] : []),
    ...("lagNs" in fault && fault.lagNs !== undefined ? [`ahead by ${formatDuration(fault.lagNs)}`] : []),
    ...(fault.kind === "freeze" ? [`of a ${fault.side}`] : []),
  ];
  return words.map((word) => ` ${word}`).join("");
}

/** What a plan's faults are, without their times: `crash consumer before-process`, `cut`, `none`. */
export function faultLabel(faults: readonly FaultPlan[]): string {
  const one = (fault: FaultPlan): string =>
    [
      fault.kind,
      ...(fault.side === "both" || fault.kind === "drop-response" ? [] : [fault.side]),
      ...(fault.kind === "crash" ? [fault.point] : []),
    ].join(" ");
  return faults.length === 0 ? "none" : [...new Set(faults.map(one))].join(" + ");
}

function sideOf(kind: FaultKind, raw: unknown): FaultSide {
  if (kind === "join") return "consumer";
  // Of what consumers ask, only the producers' side has one answer for each request that matters.
  const side =
    raw === undefined ? (kind === "drop-response" ? "producer" : "both") : oneOf(FAULT_SIDES, raw, "side");
  if (kind === "freeze" && side === "both")
    throw bad("freeze stops one agent, so its side is producer or consumer", `Write ${exampleOf("freeze")}.`);
  if (kind === "drop-response" && side !== "producer")
    throw bad(
      `drop-response swallows the answer to a published message, so its side is producer, not ${side}`,
    );
  return side;
}

function pointOf(side: FaultSide, raw: unknown): CrashPoint {
  if (side === "both")
    throw bad("crash kills one agent, so its side is producer or consumer", `Write ${exampleOf("crash")}.`);
  const point = oneOf(CRASH_POINTS, raw, "point");
  const own = POINTS_OF[side];
  if (!own.includes(point)) throw bad(`a ${side} has no point ${point}, it has ${own.join(", ")}`);
  return point;
}

function nodeOf(raw: unknown): FaultNode {
  return oneOf(FAULT_NODES, String(raw), "node");
}

function lagOf(raw: unknown, forNs: number): { readonly lagNs?: number } {
  if (raw === undefined) return {};
  const lagNs = positive(parseDurationNs(String(raw), "lag"), "lag");
  if (lagNs >= forNs)
    throw bad(
      `the node is killed ${formatDuration(lagNs)} after at and started ${formatDuration(forNs)} after it`,
      "Give for more time than lag.",
    );
  return { lagNs };
}

function keepsJournal(raw: unknown): boolean {
  return raw !== undefined && oneOf(["keep", "auto"], raw, "journal") === "keep";
}

function wayOf(raw: unknown): FaultWay {
  return oneOf(FAULT_WAYS, raw, "toward");
}

function oneOf<T extends string>(all: readonly T[], raw: unknown, name: string): T {
  const found = all.find((one) => one === raw);
  if (found !== undefined) return found;
  if (raw === undefined) throw bad(`no ${name} is given`, `Name one of ${all.join(", ")}.`);
  const guess = nearest(String(raw), all);
  throw bad(
    `${name}: "${String(raw)}" is not one of ${all.join(", ")}${guess ? `, did you mean "${guess}"?` : ""}`,
  );
}

function bytesPerS(text: string): number {
  const [size = "", per = "", ...rest] = text.split("/");
  if (per.trim() !== "s" || rest.length > 0)
    throw bad(`rate: "${text}" is not bytes per second`, "Write rate=100KiB/s.");
  return positive(parseSizeBytes(size, "rate"), "rate");
}

function positive(n: number, name: string): number {
  if (n === 0) throw bad(`${name} is zero`);
  return n;
}

function exampleOf(kind: FaultKind): string {
  return [kind, ...PARAMETERS[kind].needs.map((key) => EXAMPLE[key] ?? key)].join(" ");
}

function bad(
  message: string,
  hint = "Write a fault like 'pause at=3s for=500ms'; docs/faults.md has all kinds.",
): UserError {
  return new UserError(message, { code: "BAD_FAULT", hints: [hint] });
}
