import { createRequire } from "node:module";
import { afterEach, expect, test, vi } from "vitest";
import { patchRequestQueue, type RequestQueue } from "../../../src/drivers/kafka/request-queue.ts";

const require = createRequire(import.meta.url);
const PATH = require.resolve("kafkajs/src/network/requestQueue");

interface Queue extends RequestQueue {
  fulfillRequest(response: { correlationId: number; payload: Buffer; size: number }): void;
}
type QueueClass = new (options: object) => Queue;

afterEach(() => vi.restoreAllMocks());

/** Delays of the timers that one answer to a queue with nothing to send starts. */
function delaysOfOneAnswer(Class: QueueClass): unknown[] {
  const quiet = { debug: () => undefined, warn: () => undefined };
  const queue = new Class({
    maxInFlightRequests: null,
    requestTimeout: 1000,
    clientId: "c",
    broker: "b",
    logger: quiet,
  });
  const timer = vi.spyOn(globalThis, "setTimeout").mockImplementation((() => 0) as never);
  queue.fulfillRequest({ correlationId: 1, payload: Buffer.alloc(0), size: 0 });
  return timer.mock.calls.map((call) => call[1]);
}

test("kafkajs starts no timer for an answer when nothing waits, as it does without the work-around", () => {
  patchRequestQueue();
  expect(delaysOfOneAnswer(require(PATH) as QueueClass)).toEqual([]);
  vi.restoreAllMocks();
  const patched = require.cache[PATH];
  delete require.cache[PATH];
  const [delayMs] = delaysOfOneAnswer(require(PATH) as QueueClass);
  expect(delayMs).toBeLessThan(0);
  if (patched) require.cache[PATH] = patched;
});
