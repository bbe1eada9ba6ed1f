import { protocolErrorName } from "./protocol-error.ts";

/**
 * Produce, version 7: the newest that Kafka 2.1 has, which zstd needs, and one that 4.x still takes. Later
 * versions add words to errors only. Layouts: https://kafka.apache.org/protocol.html#The_Messages_Produce
 */
const PRODUCE_KEY = 0;
const PRODUCE_VERSION = 7;

export interface ProduceTarget {
  readonly clientId: string;
  readonly transactionalId?: string;
  readonly topic: string;
  readonly partition: number;
  readonly acks: 0 | 1 | -1;
  /** How long the broker may wait for the other copies. */
  readonly timeoutMs: number;
}

/**
 * Everything before the batch in a request with one batch for one partition, to be copied before each; its
 * last 4 bytes are for the batch's length.
 */
export function produceHead(target: ProduceTarget): Buffer {
  const clientId = Buffer.from(target.clientId);
  const topic = Buffer.from(target.topic);
  const { transactionalId } = target;
  const transaction = Buffer.from(transactionalId ?? "");
  const head = Buffer.alloc(40 + clientId.length + transaction.length + topic.length);
  // The length and, at 8, the correlation id are the connection's.
  head.writeInt16BE(PRODUCE_KEY, 4);
  head.writeInt16BE(PRODUCE_VERSION, 6);
  let at = head.writeInt16BE(clientId.length, 12);
  at += clientId.copy(head, at);
  at = head.writeInt16BE(transactionalId === undefined ? -1 : transaction.length, at);
  at += transaction.copy(head, at);
  at = head.writeInt16BE(target.acks, at);
  at = head.writeInt32BE(target.timeoutMs, at);
  at = head.writeInt32BE(1, at);
  at = head.writeInt16BE(topic.length, at);
  at += topic.copy(head, at);
  at = head.writeInt32BE(1, at);
  head.writeInt32BE(target.partition, at);
  return head;
}

/** What the broker said of one batch. */
export interface ProduceAnswer {
  /** 0: stored. */
  errorCode: number;
  /** How long it asks us to be silent, ms. */
  throttleMs: number;
}

/** Offset, append time and log start. */
const POSITIONS_BYTES = 24;

/**
 * The answer to such a request, into an object that is used again.
 * @returns false when it is not what the layout says
 */
export function readProduceAnswer(
  buffer: Buffer,
  start: number,
  end: number,
  topicBytes: number,
  into: ProduceAnswer,
): boolean {
  const errorAt = start + 4 + 2 + topicBytes + 4 + 4;
  const throttleAt = errorAt + 2 + POSITIONS_BYTES;
  if (end !== throttleAt + 4) return false;
  if (buffer.readInt32BE(start) !== 1 || buffer.readInt16BE(start + 4) !== topicBytes) return false;
  into.errorCode = buffer.readInt16BE(errorAt);
  into.throttleMs = buffer.readInt32BE(throttleAt);
  return true;
}

/** Errors after which to look who leads the partition. */
export const LEADERSHIP: ReadonlySet<string> = new Set([
  "NOT_LEADER_OR_FOLLOWER",
  "LEADER_NOT_AVAILABLE",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "KAFKA_STORAGE_ERROR",
]);

/** What follows from an error code for a producer with idempotence. */
export type Reaction =
  /** It is stored already. */
  | "stored"
  /** The same again, after a pause; it may be stored or not. */
  | "again"
  /** The same again: this attempt stored nothing. */
  | "again-not-stored"
  /** The broker's idea of the sequence is another one: a new producer id. This attempt stored nothing. */
  | "renew"
  /** It will not be taken. */
  | "refused";

/** As Kafka's own producer reacts (its Sender and TransactionManager). */
export function reactionTo(code: number): Reaction {
  switch (protocolErrorName(code)) {
    case "DUPLICATE_SEQUENCE_NUMBER":
      return "stored";
    case "NOT_LEADER_OR_FOLLOWER":
    case "REQUEST_TIMED_OUT":
    case "NOT_ENOUGH_REPLICAS_AFTER_APPEND":
    case "NETWORK_EXCEPTION":
    case "KAFKA_STORAGE_ERROR":
    case "UNKNOWN_SERVER_ERROR":
      return "again";
    case "LEADER_NOT_AVAILABLE":
    case "NOT_ENOUGH_REPLICAS":
    case "BROKER_NOT_AVAILABLE":
    case "REPLICA_NOT_AVAILABLE":
      return "again-not-stored";
    case "OUT_OF_ORDER_SEQUENCE_NUMBER":
    case "UNKNOWN_PRODUCER_ID":
    case "INVALID_PRODUCER_EPOCH":
    case "PRODUCER_FENCED":
      return "renew";
    default:
      return "refused";
  }
}
