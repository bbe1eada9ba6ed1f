import { EXIT } from "../model/exit.ts";
import type { RunResult } from "../model/result.ts";
import { allClose } from "./closing.ts";
import type { Tone } from "./style.ts";

/** How a run ended, in one word, and why. */
export interface Verdict {
  readonly word: string;
  readonly tone: Tone;
  /** One sentence each; for a pass it says what was checked. */
  readonly reasons: readonly string[];
}

const WORDS: Readonly<Record<number, readonly [string, Tone]>> = {
  [EXIT.pass]: ["PASS", "good"],
  [EXIT.failed]: ["FAIL", "bad"],
  [EXIT.usage]: ["NOT RUN", "bad"],
  [EXIT.invalid]: ["INVALID", "bad"],
  [EXIT.regression]: ["REGRESSION", "bad"],
  [EXIT.inconclusive]: ["INCONCLUSIVE", "warn"],
  [EXIT.broker]: ["BROKER FAILED", "bad"],
  [EXIT.overloaded]: ["OVERLOADED", "bad"],
  [EXIT.bug]: ["BUG IN MQBENCH", "bad"],
  [EXIT.sigint]: ["INTERRUPTED", "warn"],
  [EXIT.sigterm]: ["INTERRUPTED", "warn"],
};

/** The verdict of a run; one whose sums do not close never passes, whatever it says itself. */
export function verdictOf(result: RunResult): Verdict {
  if (result.state === "running")
    return { word: "NOT FINISHED", tone: "warn", reasons: ["the run was killed, or is still going on"] };
  const reasons = result.exit.reasons.map((r) => r.message);
  if (result.state === "failed" && reasons.length === 0)
    return { word: "NOT RUN", tone: "bad", reasons: result.warnings.map((w) => w.message) };
  const [word, tone] = WORDS[result.exit.code] ?? [`EXIT CODE ${result.exit.code}`, "bad"];
  if (result.exit.code === EXIT.pass && !allClose(result))
    return { word: "INVALID", tone: "bad", reasons: ["the counts do not add up (see below)"] };
  return { word, tone, reasons: reasons.length > 0 ? reasons : [passed(result)] };
}

function passed({ thresholds, counts }: RunResult): string {
  const held = thresholds.length === 1 ? "its 1 threshold held" : `all ${thresholds.length} thresholds held`;
  return counts.offered === 0
    ? "no message was sent"
    : thresholds.length === 0
      ? "nothing was asked of it"
      : held;
}
