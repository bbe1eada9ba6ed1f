import type { Plan } from "../model/plan.ts";
import type { Phase } from "../model/result.ts";
import { targetText } from "../model/target.ts";
import { formatCount, formatRate } from "../model/units.ts";
import type { RunWatcher } from "../run/run-all.ts";
import type { Tally } from "../run/tally.ts";

/** Without a terminal one line each 10 seconds is enough to see that it lives. */
const PLAIN_EVERY_S = 10;

export interface ProgressOptions {
  readonly isTerminal: boolean;
  /** Width of the terminal: a line that wraps cannot be rewritten. */
  readonly columns: number;
  write(text: string): void;
}

/**
 * Progress on stderr: on a terminal one line that is rewritten each second, else a plain line each 10 seconds
 * and at every change of phase.
 */
export function createProgress(o: ProgressOptions): RunWatcher {
  let title = "";
  let phase: Phase["name"] | undefined;
  let lastS = 0;
  let drawn = false;
  const clear = (): void => {
    if (drawn) o.write("\r\x1b[K");
    drawn = false;
  };
  const line = (text: string): void => {
    clear();
    o.write(`${text}\n`);
  };
  return {
    note: line,
    begin(plan: Plan, number, of) {
      title = targetText(plan.target);
      phase = undefined;
      lastS = 0;
      const row = plan.row === undefined ? "" : `: ${plan.row.configuration}, ${plan.row.fault}`;
      line(`${of > 1 ? `[${number}/${of}] ` : ""}${plan.profile} on ${title}${row}`);
    },
    phase(name) {
      phase = name;
      if (!o.isTerminal) line(`${title} ${name}`);
    },
    second(tally: Tally, atNs) {
      const s = Math.floor(atNs / 1e9);
      if (!o.isTerminal && s - lastS < PLAIN_EVERY_S) return;
      lastS = s;
      const text = statusText(tally, s, phase);
      if (o.isTerminal) {
        o.write(`\r\x1b[K  ${text.slice(0, o.columns - 3)}`);
        drawn = true;
      } else line(`${title} ${text}`);
    },
    end: clear,
  };
}

function statusText(tally: Tally, s: number, phase: string | undefined): string {
  // The newest second is still being filled.
  const interval = tally.intervals.at(-2) ?? tally.intervals.at(-1);
  const { offered, acked } = tally.ledger.totals;
  return [
    `${s}s ${phase ?? ""}`.trim(),
    `sent ${formatRate(interval?.sent ?? 0)}`,
    `received ${formatRate(interval?.consumed ?? 0)}`,
    `${formatCount(acked)} of ${formatCount(offered)} acked`,
    `backlog ${formatCount(interval?.backlog ?? 0)}`,
  ].join(" · ");
}
