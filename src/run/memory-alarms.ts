import type { MemoryAlarm } from "../brokers/memory-alarm.ts";
import type { Clock } from "../load/clock.ts";
import { messageOf } from "../model/errors.ts";
import type { FaultPlan } from "../model/fault.ts";
import type { FaultLog } from "./fault-log.ts";

/** Raises a local broker's memory alarm for a time. */
export interface MemoryAlarms {
  start(clock: Clock): void;
  /** It is taken back, and not raised any more. Idempotent. */
  stop(): Promise<void>;
  /** Nothing of it stays. Idempotent. */
  close(): Promise<void>;
}

export type PlannedMemoryAlarm = {
  readonly index: number;
  /** Times are since the run's start. */
  readonly fault: FaultPlan & { readonly kind: "memory-alarm" };
};

export function planMemoryAlarms(
  planned: readonly PlannedMemoryAlarm[],
  alarm: MemoryAlarm,
  log: FaultLog,
): MemoryAlarms {
  const timers = new Set<NodeJS.Timeout>();
  let raised: number | undefined;
  let clock: Clock | undefined;
  const now = (): number => clock?.now() ?? 0;
  let queue = Promise.resolve();
  const next = (action: () => Promise<void>): Promise<void> => {
    queue = queue.then(action);
    return queue;
  };
  const at = (ns: number, action: () => Promise<void>): void => {
    timers.add(setTimeout(() => void next(action), Math.max(0, Math.ceil((ns - now()) / 1e6))));
  };

  const clear = async (): Promise<void> => {
    if (raised === undefined) return;
    const index = raised;
    raised = undefined;
    try {
      const blocked = await alarm.clear();
      log.ended(
        index,
        now(),
        { blocked },
        `the alarm is taken back; connections that were blocked: ${blocked}`,
      );
    } catch (error) {
      log.ended(index, now(), { blocked: 0 }, `could not be taken back: ${messageOf(error)}`);
    }
  };
  const raise = async ({ index, fault }: PlannedMemoryAlarm): Promise<void> => {
    await clear();
    // A producer may be told before we have the answer.
    const startNs = now();
    try {
      await alarm.raise();
      raised = index;
      log.began(index, startNs, { detail: "the broker has a memory alarm" });
      at(startNs + fault.forNs, async () => {
        if (raised === index) await clear();
      });
    } catch (error) {
      log.began(index, now(), { detail: `failed: ${messageOf(error)}` });
      log.ended(index, now(), { blocked: 0 }, "nothing was blocked");
    }
  };

  const stop = async (): Promise<void> => {
    for (const timer of timers) clearTimeout(timer);
    await next(clear);
  };

  return {
    start(runClock) {
      clock = runClock;
      for (const one of planned) at(one.fault.atNs, () => raise(one));
    },
    stop,
    async close() {
      await stop();
      await alarm.end();
    },
  };
}
