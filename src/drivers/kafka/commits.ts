import { BrokerError } from "../../model/errors.ts";
import { codeOf, reasonOf } from "./outcome.ts";
import type { Unanswered } from "./unanswered.ts";

/** Brings answered offsets to the broker, at most once per interval. */
export interface Commits {
  /** Something was answered. */
  touch(): void;
  /** Resolves when everything answered so far is committed. @throws BrokerError `COMMIT_FAILED` */
  flush(): Promise<void>;
  stop(): void;
}

export type Commit = (moved: readonly (readonly [partition: number, offset: number])[]) => Promise<void>;

/** How often, and how long after one another, `flush` tries before it gives up. */
const TRIES = 50;
const PAUSE_MS = 100;

export function createCommits(unanswered: Unanswered, intervalMs: number, commit: Commit): Commits {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> | undefined;
  let stopped = false;

  /** One commit of all that moved; returns its error. */
  const once = async (): Promise<unknown> => {
    const moved = unanswered.takeMoved();
    if (moved.length === 0) return undefined;
    try {
      await commit(moved);
      return undefined;
    } catch (error) {
      unanswered.putBack(moved);
      return error;
    }
  };

  const start = (): Promise<unknown> => {
    running = once().then((error) => {
      running = undefined;
      return error;
    });
    return running;
  };

  const tick = (): void => {
    timer = undefined;
    if (stopped) return;
    if (running) schedule();
    else
      void start().then((error) => {
        // Put back: tried again with the next tick, by when the group may have settled.
        if (error !== undefined) schedule();
      });
  };

  const schedule = (): void => {
    if (!stopped) timer ??= setTimeout(tick, intervalMs);
  };

  return {
    touch: schedule,
    async flush() {
      let error: unknown;
      for (let tries = 0; tries < TRIES && !stopped; tries++) {
        await running;
        error = await start();
        if (error === undefined) return;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
      if (!stopped)
        throw new BrokerError(`offsets could not be committed: ${reasonOf(error)} (${codeOf(error)})`, {
          code: "COMMIT_FAILED",
          cause: error,
        });
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
