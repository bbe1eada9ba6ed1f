import type { Altered } from "../drivers/driver.ts";
import type { Clock } from "../load/clock.ts";
import { messageOf } from "../model/errors.ts";
import type { Alteration, FaultPlan } from "../model/fault.ts";
import type { FaultLog } from "./fault-log.ts";

/** Changes the stream of a run at the times of its plan. */
export interface Alterations {
  /** The run's time 0 is known. */
  start(clock: Clock): void;
  /** Takes back what is changed and changes nothing more. Idempotent. */
  stop(): Promise<void>;
}

export type PlannedAlteration = {
  readonly index: number;
  /** Times are since the run's start. */
  readonly fault: FaultPlan & Alteration;
};

/** A broker that says nothing keeps the end of a run waiting no longer than this, each way. */
const ANSWER_MS = 5000;

/**
 * @param measureEndNs what lasts until then is taken back only by `stop`, when every message was sent
 */
export function planAlterations(
  planned: readonly PlannedAlteration[],
  measureEndNs: number,
  alter: (alteration: Alteration) => Promise<Altered>,
  log: FaultLog,
): Alterations {
  const timers = new Set<NodeJS.Timeout>();
  let current: { readonly index: number; readonly altered: Altered } | undefined;
  let clock: Clock | undefined;
  const now = (): number => clock?.now() ?? 0;
  /** One after another: the broker may take longer than the plan leaves between two of them. */
  let queue = Promise.resolve();
  const next = (action: () => Promise<void>): Promise<void> => {
    queue = queue.then(action);
    return queue;
  };

  const undo = async (): Promise<void> => {
    if (current === undefined) return;
    const { index, altered } = current;
    current = undefined;
    const detail = await within(altered.undo(), ANSWER_MS).catch(
      (error: unknown) => `could not be taken back: ${messageOf(error)}`,
    );
    log.ended(index, now(), { altered: altered.count }, detail);
  };
  const begin = async ({ index, fault }: PlannedAlteration): Promise<void> => {
    try {
      const altered = await within(alter(fault), ANSWER_MS);
      current = { index, altered };
      // From here on the broker is as the fault wants it; it began to be so a little earlier.
      log.began(index, now(), { detail: altered.detail });
    } catch (error) {
      log.began(index, now(), { detail: `failed: ${messageOf(error)}` });
      log.ended(index, now(), { altered: 0 }, "nothing was changed");
    }
  };
  const at = (ns: number, action: () => Promise<void>): void => {
    timers.add(setTimeout(() => void next(action), Math.max(0, (ns - now()) / 1e6)));
  };

  return {
    start(runClock) {
      clock = runClock;
      for (const one of planned) {
        const endNs = one.fault.atNs + one.fault.forNs;
        at(one.fault.atNs, () => begin(one));
        if (endNs < measureEndNs) at(endNs, undo);
      }
    },
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      await next(undo);
    },
  };
}

async function within<T>(done: Promise<T>, boundMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer for ${boundMs / 1000} s`)), boundMs);
  });
  return await Promise.race([done, late]).finally(() => clearTimeout(timer));
}
