import { messageOf } from "../../model/errors.ts";
import type { Outcome } from "../driver.ts";

export interface Verdict {
  readonly outcome: Outcome;
  readonly code: string;
}

/** What is known about a produce request that failed. */
export interface Attempt {
  readonly acks: number;
  /** It was handed to a socket at least once. */
  readonly left: boolean;
  /** A connection was lost meanwhile, so that the error may be about the recovery from that. */
  readonly connectionLost: boolean;
  /** How often the client may have sent it. */
  readonly attempts: number;
}

/**
 * Whether a request that failed may have stored its messages. `failed` needs a proof: nothing left this
 * process, or the broker's answer to the only attempt has a code that it gives before it appends.
 */
export function judge(error: unknown, attempt: Attempt): Verdict {
  return judgeCode(codeOf(error), attempt);
}

/** The same for a code of the protocol or of a connection. */
export function judgeCode(code: string, attempt: Attempt): Verdict {
  if (!attempt.left) return { outcome: "failed", code };
  if (attempt.acks === 0) return { outcome: "unasked", code };
  const answered = !attempt.connectionLost && attempt.attempts === 1;
  const refused = REFUSED.has(code) || (attempt.acks === 1 && REFUSED_WITHOUT_WAIT.has(code));
  return { outcome: answered && refused ? "failed" : "unknown", code };
}

/** Codes of a Produce answer that say: not appended (Kafka's ReplicaManager.appendRecords and its checks before). */
const REFUSED: ReadonlySet<string> = new Set([
  "CORRUPT_MESSAGE",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_TOPIC_EXCEPTION",
  "NOT_ENOUGH_REPLICAS",
  "INVALID_REQUIRED_ACKS",
  "TOPIC_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
  "INVALID_TIMESTAMP",
  "INVALID_RECORD",
  "UNSUPPORTED_FOR_MESSAGE_FORMAT",
  "UNSUPPORTED_COMPRESSION_TYPE",
  "UNSUPPORTED_VERSION",
  "POLICY_VIOLATION",
]);

/**
 * With acks=all a leader that was deposed while it waited for the others answers the same (Kafka's
 * DelayedProduce), and its successor may have the messages: a proof only where nobody waits.
 */
const REFUSED_WITHOUT_WAIT: ReadonlySet<string> = new Set([
  "NOT_LEADER_FOR_PARTITION",
  "NOT_LEADER_OR_FOLLOWER",
]);

/** The protocol's name of an error, or what comes closest to one; stable, for machines. */
export function codeOf(error: unknown): string {
  let deepest = error;
  for (let e = error; e instanceof Error; e = e.cause) {
    deepest = e;
    const { type } = e as { type?: unknown };
    if (typeof type === "string") return type;
  }
  if (!(deepest instanceof Error)) return "UNKNOWN_ERROR";
  const { code } = deepest as { code?: unknown };
  return typeof code === "string" ? code : (CODES[deepest.name] ?? deepest.name);
}

const CODES: Readonly<Record<string, string>> = {
  KafkaJSRequestTimeoutError: "REQUEST_TIMEOUT",
  KafkaJSLockTimeout: "REQUEST_TIMEOUT",
  KafkaJSConnectionClosedError: "CONNECTION_CLOSED",
  KafkaJSConnectionError: "CONNECTION_LOST",
  KafkaJSBrokerNotFound: "BROKER_NOT_FOUND",
  KafkaJSMetadataNotLoaded: "NO_METADATA",
  KafkaJSTopicMetadataNotLoaded: "NO_METADATA",
};

/** Errors of the network, after which to try again at once is no use. */
export function isConnectionCode(code: string): boolean {
  return /^(E[A-Z]+|CONNECTION_.*|BROKER_NOT_FOUND|NO_METADATA|LEADER_NOT_AVAILABLE)$/.test(code);
}

/** The innermost message, for people. */
export function reasonOf(error: unknown): string {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause !== undefined) deepest = deepest.cause;
  return messageOf(deepest);
}
