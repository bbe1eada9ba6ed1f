import type { Random } from "../../src/model/random.ts";

/** One kind of fault as the soak draws it. */
export interface FaultKindDraw {
  readonly name: string;
  /** For people: with what makes it another one of the same name. */
  readonly label: string;
  /** The longest that it lasts, agents' restart included: injections lie at least this far apart. */
  readonly mostMs: number;
  /** What is behind its time: `for=300ms side=producer`. */
  draw(random: Random): string;
}

const between = (random: Random, low: number, high: number): number =>
  Math.round(low + random() * (high - low));
const oneOf = <T>(random: Random, all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
const SIDES = ["producer", "consumer", "both"] as const;

function kind(
  name: string,
  mostMs: number,
  draw: FaultKindDraw["draw"],
  label: string = name,
): FaultKindDraw {
  return { name, label, mostMs, draw };
}

export const stall = kind("stall", 500, (r) => `for=${between(r, 100, 500)}ms side=${oneOf(r, SIDES)}`);
export const delay = kind(
  "delay",
  700,
  (r) => `for=${between(r, 200, 700)}ms by=${between(r, 5, 50)}ms side=${oneOf(r, SIDES)}`,
);
export const slow = kind(
  "slow",
  600,
  (r) => `for=${between(r, 200, 600)}ms rate=${between(r, 50, 300)}KiB/s side=${oneOf(r, SIDES)}`,
);
export const pause = kind("pause", 600, (r) => `for=${between(r, 100, 600)}ms`);
export const cut = kind("cut", 300, (r) => `for=${between(r, 20, 300)}ms side=${oneOf(r, SIDES)}`);
export const halfOpen = kind(
  "half-open",
  500,
  (r) => `for=${between(r, 100, 500)}ms side=${oneOf(r, SIDES)} toward=${oneOf(r, ["broker", "client"])}`,
);
export const dropResponse = kind("drop-response", 300, () => "for=300ms");
/** A firewall that forgets the connection of a producer. */
export const swallow = kind(
  "half-open",
  500,
  (r) => `for=${between(r, 200, 500)}ms side=producer toward=broker`,
  "half-open producer",
);

/**
 * A new agent takes some seconds on a busy machine.
 * @param side of the agent that is killed
 * @param point as docs/crashes.md has it
 */
export function crash(side: "producer" | "consumer", point: string): FaultKindDraw {
  return kind(
    "crash",
    2500,
    (r) => `restart=${between(r, 100, 400)}ms side=${side} point=${point}`,
    `crash ${point}`,
  );
}
