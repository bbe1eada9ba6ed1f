/**
 * The run's clock: float64 nanoseconds of CLOCK_MONOTONIC since the run's start. `process.hrtime()` reads the
 * same clock in every process of a host and costs about 35 ns; `hrtime.bigint()` and `performance.now()` cost
 * more, and the latter has an origin of its own in every thread.
 */
export interface Clock {
  /** Nanoseconds since the origin; negative before it. */
  now(): number;
  /** Moves the origin, given as `process.hrtime()` gives it. */
  setOrigin(origin: Instant): void;
}

export type Instant = readonly [seconds: number, nanoseconds: number];

export function createClock(origin: Instant): Clock {
  let [seconds, nanoseconds] = origin;
  return {
    now() {
      const h = process.hrtime();
      return (h[0] - seconds) * 1e9 + (h[1] - nanoseconds);
    },
    setOrigin([s, n]) {
      seconds = s;
      nanoseconds = n;
    },
  };
}

/** The instant `ns` after this one. */
export function later([s, n]: Instant, ns: number): Instant {
  const sum = n + ns;
  const carry = Math.floor(sum / 1e9);
  return [s + carry, sum - carry * 1e9];
}
