import type { FlowAdvice } from "./advice.ts";
import { type Base, withAssumptions } from "./base.ts";
import { holds } from "./condition.ts";
import { comparedModes } from "./proving.ts";

/**
 * The command that runs what resembles a job most, on the modes in question.
 * @param rates option of the question about the rate → messages a second
 * @returns undefined where mqbench can run none of the modes
 */
export function resemblingCommand(
  base: Base,
  flow: FlowAdvice,
  runnable: readonly string[],
  rates: Readonly<Record<string, number>>,
): string | undefined {
  const known = withAssumptions(base, flow.answers);
  const isFlushed = known.get("power-cut") === "yes";
  const unable = base.modes.filter((m) => isFlushed && m.flushes === false).map((m) => m.id);
  const compared = comparedModes(base, flow, runnable).filter(
    (m) => runnable.includes(m) && !unable.includes(m),
  );
  for (const { profile, when, rate: most = 0, modes } of base.resembling) {
    if (when !== undefined && !holds(when, known)) continue;
    const able = compared.filter((m) => modes?.includes(m) ?? true);
    if (able.length === 0) continue;
    const needed = rates[known.get("rate") ?? ""];
    return [
      `mqbench run ${profile}`,
      ...able.map((m) => `--on ${m}`),
      ...(needed === undefined || needed > most ? [] : [`--rate ${needed / 1000}k/s`]),
      ...(isFlushed ? ["--durability fsync"] : []),
    ].join(" ");
  }
  return undefined;
}
