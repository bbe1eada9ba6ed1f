import { setTimeout as pause } from "node:timers/promises";

/**
 * Polls until the condition holds.
 * @throws when it does not within `boundMs`, naming what was waited for and what was seen last
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  boundMs = 15_000,
  seen: () => unknown = () => "",
): Promise<void> {
  const end = performance.now() + boundMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${boundMs} ms for ${what}; seen: ${seen()}`);
    await pause(3);
  }
}

/** The promise's value, or an error that says what took longer than `boundMs`. */
export async function within<T>(what: string, promise: Promise<T>, boundMs = 15_000): Promise<T> {
  const abort = new AbortController();
  const late = pause(boundMs, undefined, { signal: abort.signal }).then(() => {
    throw new Error(`${what} took longer than ${boundMs} ms`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    abort.abort();
  }
}
