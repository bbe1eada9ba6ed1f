/** One timer that goes off at the soonest of the times that it was set to. */
export interface Alarm {
  /** @param atMs of `performance.now()`; Infinity: never */
  set(atMs: number): void;
  /** For good. */
  stop(): void;
}

/** @param ring may set it again */
export function createAlarm(ring: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined;
  let soonestMs = Number.POSITIVE_INFINITY;
  return {
    set(atMs) {
      if (soonestMs <= atMs) return;
      clearTimeout(timer);
      soonestMs = atMs;
      timer = setTimeout(
        () => {
          soonestMs = Number.POSITIVE_INFINITY;
          ring();
        },
        Math.max(0, Math.ceil(atMs - performance.now())),
      );
    },
    stop() {
      clearTimeout(timer);
      soonestMs = Number.NEGATIVE_INFINITY;
    },
  };
}
