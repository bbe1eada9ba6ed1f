import { UserError } from "../../model/errors.ts";
import type { FaultPlan } from "../../model/fault.ts";
import { buildFault, checkFaults, parseFault, type RawFault } from "./faults.ts";
import type { Problem } from "./problem.ts";
import { drawFaults, isRandom, readRandom } from "./random-faults.ts";

/** The faults of a plan with a seed, in the order of their times. */
export interface DrawnFaults {
  readonly faults: readonly FaultPlan[];
  readonly problems: readonly Problem[];
}

interface Given {
  readonly where: string;
  raw(): RawFault;
}

interface Built {
  readonly where: string;
  readonly fault: FaultPlan;
}

/**
 * What the profile and, beside it, flags say of faults.
 * @param own of the profile
 * @param flags as text
 * @param placeIn where the profile has its i-th fault
 */
export function givenFaults(
  own: readonly RawFault[],
  flags: readonly string[],
  placeIn: (i: number) => string,
): (seed: number, measureNs: number) => DrawnFaults {
  const given: readonly Given[] = [
    ...own.map((raw, i) => ({ where: placeIn(i), raw: () => raw })),
    ...flags.map((text) => ({ where: `--fault '${text}'`, raw: () => parseFault(text) })),
  ];
  return (seed, measureNs) => {
    const problems: Problem[] = [];
    const attempt = <T>(where: string, make: () => readonly T[]): readonly T[] => {
      try {
        return make();
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const hint = error.hints[0];
        problems.push({
          ...{ where, path: "faults", message: error.message },
          ...(hint === undefined ? {} : { hint }),
        });
        return [];
      }
    };
    const raws = given.flatMap(({ where, raw }) => attempt(where, () => [{ where, raw: raw() }]));
    const built: Built[] = raws
      .filter(({ raw }) => !isRandom(raw))
      .flatMap(({ where, raw }) => attempt(where, () => [{ where, fault: buildFault(raw, measureNs) }]));
    // What has its times first; what is drawn finds its place beside it.
    raws
      .filter(({ raw }) => isRandom(raw))
      .forEach(({ where, raw }, number) => {
        const taken = built.map((b) => b.fault);
        const drawn = attempt(where, () => drawFaults(readRandom(raw), { measureNs, seed, number, taken }));
        built.push(...drawn.map((fault) => ({ where, fault })));
      });
    built.sort((a, b) => a.fault.atNs - b.fault.atNs);
    const faults = built.map((b) => b.fault);
    for (const { index, message, hint } of checkFaults(faults, measureNs))
      problems.push({ where: built[index]!.where, path: "faults", message, hint });
    return { faults, problems };
  };
}
