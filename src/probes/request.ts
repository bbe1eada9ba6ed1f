import { drivers, resolveTarget } from "../drivers/registry.ts";
import { UserError } from "../model/errors.ts";
import type { Probe } from "./probe.ts";
import { canProbe, findProbe } from "./registry.ts";

/** A system and what is used of it: a probe asks the broker, whatever client a run would use. */
export interface ProbedMode {
  readonly system: string;
  readonly mode: string;
}

/** Every mode that can be probed, in the order of the drivers. */
export function probedModes(): readonly ProbedMode[] {
  const all = drivers().filter(canProbe);
  return all.filter(
    ({ system, mode }, i) => all.findIndex((o) => o.system === system && o.mode === mode) === i,
  );
}

export function modeText({ system, mode }: ProbedMode): string {
  return `${system}:${mode}`;
}

/**
 * What was asked for, each probe and each mode once.
 * @param on every mode, if empty
 * @throws UserError `UNKNOWN_PROBE` or `UNKNOWN_TARGET`, naming what there is
 */
export function requestedProbes(
  names: readonly string[],
  on: readonly string[],
): { readonly probes: readonly Probe[]; readonly modes: readonly ProbedMode[] } {
  const modes = new Map((on.length === 0 ? probedModes() : on.map(probedMode)).map((m) => [modeText(m), m]));
  return { probes: [...new Set(names.map(findProbe))], modes: [...modes.values()] };
}

function probedMode(text: string): ProbedMode {
  const target = resolveTarget(text);
  const there = probedModes().map(modeText);
  if (text.includes("@"))
    throw new UserError(`--on ${text} names a client, and a probe asks the broker in its own way`, {
      code: "UNKNOWN_TARGET",
      hints: [`Write --on ${modeText(target)}.`],
    });
  if (canProbe(target)) return { system: target.system, mode: target.mode };
  throw new UserError(`there is no probe for ${modeText(target)}`, {
    code: "UNKNOWN_TARGET",
    hints: [`There are probes for ${there.join(", ")}.`],
  });
}
