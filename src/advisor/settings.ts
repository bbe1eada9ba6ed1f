import { type Base, withAssumptions } from "./base.ts";
import { type Answers, holds } from "./condition.ts";
import type { Mode, Setting } from "./knowledge.ts";

/** What to begin with for a mode under these answers, in the order in which it is set up. */
export function settingsFor(base: Base, mode: Mode, answers: Answers): readonly Setting[] {
  const known = withAssumptions(base, answers);
  return base.settings.filter(
    (s) => s.modes.includes(mode.id) && (s.when === undefined || holds(s.when, known)),
  );
}
