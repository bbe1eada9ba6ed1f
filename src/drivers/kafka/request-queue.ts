import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** The version that the work-around below was written for. */
const PATCHED_VERSION = "2.2.4";

/** The parts of kafkajs' request queue that the work-around touches. */
export interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: unknown;
  readonly logger: { warn(message: string, extra: object): void };
  scheduleCheckPendingRequests(): void;
  checkPendingRequests(): void;
  maybeThrottle(throttleMs: number | null): void;
}

const CHECK_MS = 10;

export const kafkajsVersion: string = (require("kafkajs/package.json") as { version: string }).version;

export const THROTTLED = "throttled by the broker";

let patched: boolean | undefined;

/**
 * kafkajs 2.2.4 starts a timer after each response, also with nothing to send, and its delay is
 * `-1 - Date.now()`: a timer of 1 ms for each request, and a TimeoutNegativeWarning from Node 24 on
 * (src/network/requestQueue/index.js, scheduleCheckPendingRequests). Here a timer starts only when a request
 * waits. The throttle that the broker asks for is also said in the log, from where it becomes an event.
 * @returns whether this version of kafkajs is the one that was patched
 */
export function patchRequestQueue(): boolean {
  patched ??= apply();
  return patched;
}

function apply(): boolean {
  if (kafkajsVersion !== PATCHED_VERSION) return false;
  const { prototype } = require("kafkajs/src/network/requestQueue") as { prototype: RequestQueue };
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId) return;
    const waitMs = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      waitMs > 0 ? waitMs : CHECK_MS,
    );
  };
  const throttle = prototype.maybeThrottle;
  prototype.maybeThrottle = function (this: RequestQueue, throttleMs: number | null): void {
    if (throttleMs !== null && throttleMs > 0) this.logger.warn(THROTTLED, { throttleMs });
    throttle.call(this, throttleMs);
  };
  return true;
}
