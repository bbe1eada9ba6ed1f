import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  type Connection as ControlConnection,
  endTxnV3,
  findCoordinatorV2,
  initProducerIdV4,
  protocolErrorsCodesById,
  txnOffsetCommitV3,
} from "@platformatic/kafka";
import { BrokerError, messageOf } from "../../../model/errors.ts";
import type { Cluster } from "./cluster.ts";
import { codeIn } from "./consumer-offsets.ts";
import type { Identity } from "./idempotence.ts";

/**
 * What a transactional producer asks of the brokers beside Produce, each again while the answer is "later". The
 * versions are the last before version 2 of the protocol (KIP-890), which would give each transaction an epoch
 * of its own: it needs Produce 12 and EndTxn 5. Requests: https://kafka.apache.org/protocol.html
 */
export interface TransactionCoordinator {
  /**
   * Something had no answer, and may still be on its way to a broker, which would take it for part of the next
   * transaction: until `init` was answered again.
   */
  readonly hasStray: boolean;
  /**
   * Fences whoever has the transactional id, ends what they left open, and gives the identity to send as. When
   * called again: the same with the next epoch, so that nothing of the time before can be taken any more.
   * @throws BrokerError
   */
  init(): Promise<Identity>;
  /** @throws BrokerError */
  addPartitions(topic: string, partitions: readonly number[]): Promise<void>;
  /** Offsets of a group, to be committed with the transaction. @throws BrokerError */
  addOffsets(groupId: string, topic: string, offsets: ReadonlyMap<number, number>): Promise<void>;
  /** Never throws. @param boundMs after so long without an answer it is given up */
  end(commit: boolean, boundMs: number): Promise<EndAnswer>;
}

/** How the request to end a transaction ended. */
export type EndAnswer =
  | { readonly kind: "done" }
  /** Certainly not ended by this. */
  | { readonly kind: "refused"; readonly error: BrokerError }
  /** It may have been ended by this or not. */
  | { readonly kind: "unknown"; readonly error: BrokerError };

export interface TransactionCoordinatorOptions {
  readonly cluster: Cluster;
  /** Whom to ask about is asked with it: brokers that are new are learnt from its metadata. */
  readonly topic: string;
  readonly transactionalId: string;
  /** The broker aborts what is open for longer. */
  readonly transactionTimeoutMs: number;
  /** Nothing is asked again after so long. */
  readonly patienceMs: number;
  /** Nothing is asked again. */
  isClosed(): boolean;
}

const PAUSE_MS = 20;
/** Kinds of coordinator in FindCoordinator. */
const GROUP = 0;
const TRANSACTION = 1;
/** As the protocol counts: generation and member of who is in no group. */
const NO_GENERATION = -1;
const NO_MEMBER = "";
/** Of those whose answer is not an answer yet; Kafka's own producer asks again for the same (TransactionManager). */
const LATER: ReadonlySet<string> = new Set([
  "CONCURRENT_TRANSACTIONS",
  "COORDINATOR_LOAD_IN_PROGRESS",
  "COORDINATOR_NOT_AVAILABLE",
  "NOT_COORDINATOR",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "REQUEST_TIMED_OUT",
  "NETWORK_EXCEPTION",
  "UNKNOWN_SERVER_ERROR",
]);
/**
 * Answers to EndTxn after which it certainly did not happen. A coordinator whose log did not take the end in
 * time, or that lost its office meanwhile, says so with the others (TransactionStateManager.appendTransactionToLog).
 */
const CERTAINLY_NOT: ReadonlySet<string> = new Set([
  "CONCURRENT_TRANSACTIONS",
  "COORDINATOR_LOAD_IN_PROGRESS",
]);
const PROTOCOL_CODES: ReadonlySet<string> = new Set(Object.values(protocolErrorsCodesById));

type Ask<T> = (connection: ControlConnection) => Promise<T>;
type Asked<T> =
  | { readonly isDone: true; readonly value: T }
  /** `isOpen`: some attempt may have had its effect. */
  | { readonly isDone: false; readonly error: BrokerError; readonly isOpen: boolean };

export function createTransactionCoordinator(options: TransactionCoordinatorOptions): TransactionCoordinator {
  const { cluster, transactionalId } = options;
  /** Node ids by kind and key. */
  const found = new Map<string, number>();
  let identity: Identity = { producerId: -1, epoch: -1, isTransactional: true };
  let hasStray = false;

  const find = async (kind: number, key: string): Promise<number> => {
    const known = found.get(`${kind} ${key}`);
    if (known !== undefined) return known;
    const { coordinators } = await findCoordinatorV2.api.async(await cluster.control(), kind, [key]);
    const { nodeId } = coordinators[0]!;
    found.set(`${kind} ${key}`, nodeId);
    return nodeId;
  };

  const ask = async <T>(
    kind: number,
    key: string,
    request: Ask<T>,
    boundMs = options.patienceMs,
  ): Promise<Asked<T>> => {
    const endMs = performance.now() + boundMs;
    let isOpen = false;
    for (;;) {
      let hasLeft = false;
      try {
        const leftMs = Math.max(1, endMs - performance.now());
        const attempt = async (): Promise<T> => {
          const connection = await cluster.control(await find(kind, key));
          hasLeft = true;
          return await request(connection);
        };
        return { isDone: true, value: await within(attempt(), leftMs) };
      } catch (caught) {
        const code = codeIn(caught);
        const isAnswer = PROTOCOL_CODES.has(code);
        const isLater = !isAnswer || LATER.has(code);
        if (hasLeft && !isAnswer) hasStray = true;
        if (hasLeft && isLater && !CERTAINLY_NOT.has(code)) isOpen = true;
        if (code !== "CONCURRENT_TRANSACTIONS") found.delete(`${kind} ${key}`);
        const isOver = options.isClosed() || performance.now() + PAUSE_MS > endMs;
        if (isOver || !isLater) return { isDone: false, error: asBrokerError(caught, code), isOpen };
        if (code === "BROKER_NOT_FOUND") await cluster.refresh(options.topic).catch(() => undefined);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };

  const need = async <T>(asked: Promise<Asked<T>>): Promise<T> => {
    const answer = await asked;
    if (!answer.isDone) throw answer.error;
    return answer.value;
  };

  return {
    get hasStray() {
      return hasStray;
    },
    async init() {
      const { producerId, epoch } = identity;
      const answer = await need(
        ask(TRANSACTION, transactionalId, (connection) =>
          initProducerIdV4.api.async(
            connection,
            transactionalId,
            options.transactionTimeoutMs,
            BigInt(producerId),
            epoch,
          ),
        ),
      );
      identity = {
        producerId: Number(answer.producerId),
        epoch: answer.producerEpoch,
        isTransactional: true,
      };
      hasStray = false;
      return identity;
    },
    async addPartitions(topic, partitions) {
      const { producerId, epoch } = identity;
      await need(
        ask(TRANSACTION, transactionalId, (connection) =>
          addPartitionsToTxnV3.api.async(connection, [
            {
              transactionalId,
              producerId: BigInt(producerId),
              producerEpoch: epoch,
              verifyOnly: false,
              topics: [{ name: topic, partitions: [...partitions] }],
            },
          ]),
        ),
      );
    },
    async addOffsets(groupId, topic, offsets) {
      const { epoch } = identity;
      const producerId = BigInt(identity.producerId);
      await need(
        ask(TRANSACTION, transactionalId, (connection) =>
          addOffsetsToTxnV3.api.async(connection, transactionalId, producerId, epoch, groupId),
        ),
      );
      const partitions = [...offsets].map(([partitionIndex, offset]) => ({
        partitionIndex,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: -1,
        committedMetadata: null,
      }));
      await need(
        ask(GROUP, groupId, (connection) =>
          txnOffsetCommitV3.api.async(
            connection,
            transactionalId,
            groupId,
            producerId,
            epoch,
            NO_GENERATION,
            NO_MEMBER,
            null,
            [{ name: topic, partitions }],
          ),
        ),
      );
    },
    async end(commit, boundMs) {
      const { producerId, epoch } = identity;
      const asked = await ask(
        TRANSACTION,
        transactionalId,
        (connection) => endTxnV3.api.async(connection, transactionalId, BigInt(producerId), epoch, commit),
        boundMs,
      );
      if (asked.isDone) return { kind: "done" };
      return { kind: asked.isOpen ? "unknown" : "refused", error: asked.error };
    },
  };
}

function asBrokerError(error: unknown, code: string): BrokerError {
  if (error instanceof BrokerError) return error;
  return new BrokerError(`${messageOf(error)} (${code})`, { code, cause: error });
}

/** @throws BrokerError `REQUEST_TIMEOUT` */
async function within<T>(promise: Promise<T>, boundMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const text = `no answer within ${Math.round(boundMs)} ms`;
      reject(new BrokerError(text, { code: "REQUEST_TIMEOUT" }));
    }, boundMs);
  });
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
