import type { Clock } from "../load/clock.ts";
import type { DepthSeries } from "../model/harness.ts";

/** Asks now and then how much the broker holds, and never twice at the same time. */
export interface DepthWatch {
  /** Resolves when no question is open any more. */
  stop(): Promise<void>;
  /** @returns undefined when there was no answer */
  result(): DepthSeries | undefined;
}

/** Often enough to see a backlog grow, rarely enough to cost the broker nothing. */
const EVERY_MS = 2000;
/** A target that cannot tell is not asked for ever; RabbitMQ tells of a new queue only after some seconds. */
const SILENT_TRIES = 5;

/** @param ask null: not known; it must be bounded in time */
export function watchDepth(
  ask: () => Promise<number | null>,
  clock: Clock,
  everyMs: number = EVERY_MS,
): DepthWatch {
  const t: number[] = [];
  const messages: number[] = [];
  let open: Promise<void> | undefined;
  let silent = 0;
  const question = async (): Promise<void> => {
    const depth = await ask().catch(() => null);
    if (depth === null) {
      if (++silent >= SILENT_TRIES) clearInterval(timer);
      return;
    }
    silent = 0;
    t.push(Math.round(clock.now() / 1e6) / 1e3);
    // Ends and commits are read one after another: what was committed in between would be a negative lag.
    messages.push(Math.max(0, depth));
  };
  const timer = setInterval(() => {
    open ??= question().finally(() => {
      open = undefined;
    });
  }, everyMs);
  return {
    async stop() {
      clearInterval(timer);
      await open;
    },
    result: () => (t.length === 0 ? undefined : { t, messages }),
  };
}
