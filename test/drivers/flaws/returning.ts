import type { Flaw } from "./flaw.ts";
import { memory } from "./life.ts";
import { type ReturnFlaw, returning } from "./returning-memory.ts";

const CUT = "connects again after a cut";
const ANSWERS = "drops answers to the deliveries";

const flawed = (what: string, noticedBy: string, flaw: ReturnFlaw): Flaw => ({
  what,
  noticedBy,
  target: { route: async () => returning(memory(), flaw) },
});

export const RETURNING_FLAWS: readonly Flaw[] = [
  flawed("stays away after a cut", CUT, { staysAway: true }),
  flawed("forgets what was in flight at a cut", CUT, { losesUnknown: true }),
  flawed("loses what comes after a cut", CUT, { loses: true }),
  flawed("counts tags anew on a new connection", ANSWERS, { countsAnew: true }),
  flawed("answers old deliveries on a new connection", ANSWERS, { answersAnew: true }),
  flawed("does not say that what comes after a cut is a repeat", ANSWERS, { hidesRepeats: true }),
];
