import { UserError } from "../../model/errors.ts";
import { parseCount, parseDurationNs } from "../../model/units.ts";
import { LIES, type Lie, type LieKind } from "./lies.ts";
import type { Script, Stall } from "./script.ts";

export interface MemoryOptions {
  readonly script: Script;
  readonly lies: readonly Lie[];
  /** Messages that a stream holds, as a mean over its subscriptions. */
  readonly capacity: number;
}

const DEFAULT_CAPACITY = 1_000_000;
const KNOWN = ["serviceTime", "stall", "capacity", ...LIES];

/**
 * Reads the driver's options: `serviceTime: "1ms"`, `stall: { at: "2s", for: "500ms" }` or a list of them,
 * `capacity: 100k`, and the lies `drop`, `copy`, `swap`, `corrupt`, `foreign`, each `{ every: 1000 }` or
 * `{ at: [5, 17] }`.
 * @throws UserError `BAD_OPTION` that names the option
 */
export function memoryOptions(options: Readonly<Record<string, unknown>>): MemoryOptions {
  for (const name of Object.keys(options))
    if (!KNOWN.includes(name))
      throw bad(name, "is not an option of the memory driver", `There are ${KNOWN.join(", ")}.`);
  const { serviceTime = "0", stall = [], capacity = DEFAULT_CAPACITY } = options;
  const stalls = (Array.isArray(stall) ? stall : [stall]).map(stallOf).sort((a, b) => a.atNs - b.atNs);
  for (const [i, s] of stalls.entries()) {
    const before = stalls[i - 1];
    if (before && s.atNs < before.atNs + before.forNs)
      throw bad("stall", "has stalls that overlap", "Merge them.");
  }
  return {
    script: { serviceNs: duration(serviceTime, "serviceTime"), stalls },
    lies: LIES.flatMap((kind) => (options[kind] === undefined ? [] : [lieOf(kind, options[kind])])),
    capacity: whole(capacity, "capacity"),
  };
}

function stallOf(value: unknown): Stall {
  const { at, for: length, ...rest } = record(value, "stall", 'Write { at: "2s", for: "500ms" }.');
  only(rest, "stall", 'Write { at: "2s", for: "500ms" }.');
  const stall = { atNs: duration(at, "stall.at"), forNs: duration(length, "stall.for") };
  if (stall.forNs === 0) throw bad("stall.for", "is 0", "Give the stall a length, such as 500ms.");
  return stall;
}

function lieOf(kind: LieKind, value: unknown): Lie {
  const hint = "Write { every: 1000 } or { at: [5, 17] }, counted over the deliveries of a subscription.";
  const { every, at, body, ...rest } = record(value, kind, hint);
  only(rest, kind, hint);
  if ((every === undefined) === (at === undefined)) throw bad(kind, "needs either every or at", hint);
  if (kind === "foreign" ? typeof body !== "string" : body !== undefined)
    throw bad(
      kind,
      kind === "foreign" ? "needs a body" : "takes no body",
      "Give foreign { body: <base64> } and no other lie one.",
    );
  const positions =
    at === undefined
      ? []
      : Array.isArray(at)
        ? at.map((n) => whole(n, `${kind}.at`))
        : [whole(at, `${kind}.at`)];
  return {
    kind,
    every: every === undefined ? 0 : whole(every, `${kind}.every`),
    at: new Set(positions),
    ...(typeof body === "string" ? { body: Buffer.from(body, "base64") } : {}),
  };
}

function duration(value: unknown, name: string): number {
  if (typeof value !== "string" && value !== 0)
    throw bad(name, "is not a duration", "Write a string with a unit, such as 500ms.");
  return parseDurationNs(String(value), name);
}

function whole(value: unknown, name: string): number {
  const n = typeof value === "string" ? parseCount(value, name) : value;
  if (typeof n !== "number" || !Number.isInteger(n) || n < 1)
    throw bad(name, "is not a whole number above zero", "Write one such as 10 or 5k.");
  return n;
}

function record(value: unknown, name: string, hint: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw bad(name, "is not a mapping", hint);
  return value as Record<string, unknown>;
}

function only(rest: object, name: string, hint: string): void {
  const [extra] = Object.keys(rest);
  if (extra !== undefined) throw bad(`${name}.${extra}`, "is not known", hint);
}

function bad(name: string, why: string, hint: string): UserError {
  return new UserError(`memory option ${name} ${why}`, { code: "BAD_OPTION", hints: [hint] });
}
