import { expect, test } from "vitest";
import { codeOf, judge } from "../../../src/drivers/kafka/outcome.ts";

const protocol = (type: string) => Object.assign(new Error(type), { name: "KafkaJSProtocolError", type });
const retried = (cause: Error) =>
  Object.assign(new Error("retries exceeded", { cause }), { name: "KafkaJSNumberOfRetriesExceeded" });
const timeout = Object.assign(new Error("timed out"), { name: "KafkaJSRequestTimeoutError" });
const refused = Object.assign(new Error("connect ECONNREFUSED"), {
  name: "KafkaJSConnectionError",
  code: "ECONNREFUSED",
});

const all = { acks: -1, left: true, attempts: 1, connectionLost: false };

test.each([
  ["too large", protocol("MESSAGE_TOO_LARGE"), all, "failed", "MESSAGE_TOO_LARGE"],
  [
    "too few copies before it was stored",
    retried(protocol("NOT_ENOUGH_REPLICAS")),
    all,
    "failed",
    "NOT_ENOUGH_REPLICAS",
  ],
  [
    "too few copies after it was stored",
    protocol("NOT_ENOUGH_REPLICAS_AFTER_APPEND"),
    all,
    "unknown",
    "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  ],
  ["the broker's time-out", protocol("REQUEST_TIMED_OUT"), all, "unknown", "REQUEST_TIMED_OUT"],
  ["our time-out", retried(timeout), all, "unknown", "REQUEST_TIMEOUT"],
  [
    "a deposed leader that had waited",
    protocol("NOT_LEADER_FOR_PARTITION"),
    all,
    "unknown",
    "NOT_LEADER_FOR_PARTITION",
  ],
  [
    "a deposed leader that does not wait",
    protocol("NOT_LEADER_FOR_PARTITION"),
    { ...all, acks: 1 },
    "failed",
    "NOT_LEADER_FOR_PARTITION",
  ],
  [
    "a proof that may be of the recovery",
    protocol("UNKNOWN_TOPIC_OR_PARTITION"),
    { ...all, connectionLost: true },
    "unknown",
    "UNKNOWN_TOPIC_OR_PARTITION",
  ],
  [
    "a proof that may be of the second attempt only",
    protocol("MESSAGE_TOO_LARGE"),
    { ...all, attempts: 2 },
    "unknown",
    "MESSAGE_TOO_LARGE",
  ],
  ["a refused connection, with the request out", refused, all, "unknown", "ECONNREFUSED"],
  [
    "a refused connection, with the request still here",
    refused,
    { ...all, left: false },
    "failed",
    "ECONNREFUSED",
  ],
  ["a cut where nothing was asked for", refused, { ...all, acks: 0 }, "unasked", "ECONNREFUSED"],
] as const)("judges %s", (_, error, attempt, outcome, code) => {
  expect(judge(error, attempt)).toEqual({ outcome, code });
});

test("gives every error a code for machines", () => {
  for (const error of [new TypeError("x"), "text", undefined, timeout, refused])
    expect(codeOf(error)).toMatch(/^[A-Za-z_]+$/);
});
