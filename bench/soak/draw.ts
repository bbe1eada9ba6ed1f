import type { Random } from "../../src/model/random.ts";
import type { FaultKindDraw } from "./kinds.ts";

/** Of the calm in which a client comes back and a backlog goes before the next injection. */
const REST_MS = 500;
/** Before the first injection. */
const LEAD_MS = 500;

/** How far injections of a kind lie apart, at the mean. */
function spacingMs({ mostMs }: FaultKindDraw): number {
  // The rest again: room to draw the moment from.
  return mostMs + 2 * REST_MS;
}

/** A measure phase with room for so many injections. */
export function measureMs(kind: FaultKindDraw, injections: number): number {
  return LEAD_MS + injections * spacingMs(kind) + REST_MS;
}

/** Flags `--fault`, each at a random moment of its own part of the measure phase: none overlaps another. */
export function drawFaults(kind: FaultKindDraw, injections: number, random: Random): readonly string[] {
  return Array.from({ length: injections }, (_, i) => {
    const atMs = Math.round(LEAD_MS + i * spacingMs(kind) + random() * REST_MS);
    return `${kind.name} at=${atMs}ms ${kind.draw(random)}`;
  });
}

/** A seeded order (Fisher and Yates): each round has every cell once, so a soak that is stopped is a fair sample. */
export function shuffled<T>(all: readonly T[], random: Random): readonly T[] {
  const out = [...all];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}
