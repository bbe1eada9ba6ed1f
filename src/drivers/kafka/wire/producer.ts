import { BrokerError, messageOf } from "../../../model/errors.ts";
import type { Outcomes, Producer, ProducerOptions } from "../../driver.ts";
import { acksOf } from "../copies.ts";
import { topicMaxBytes } from "../topic-plan.ts";
import type { WireContext } from "./consumer.ts";
import { createHeldOutcomes, type HeldOutcomes } from "./held-outcomes.ts";
import { nextIdentity, obtainIdentity } from "./idempotence.ts";
import { produceHead } from "./produce-request.ts";
import { ProducerEngine } from "./producer-engine.ts";
import { createLinks } from "./producer-links.ts";
import { brokerCodeOf } from "./protocol-error.ts";
import { createTransactions, type Transactions } from "./transaction.ts";
import { createTransactionCoordinator } from "./transaction-coordinator.ts";

const MAX_INT32 = 2 ** 31 - 1;

/**
 * A producer with connections of its own, one to each leader. Each request has one batch for one partition,
 * so that its outcome is that of a range.
 * @throws BrokerError with the code of the network or the protocol
 */
export async function createWireProducer(
  { cluster, settings }: WireContext,
  options: ProducerOptions,
  on: Outcomes,
): Promise<Producer> {
  const { topology, transactional } = options;
  const idempotent = options.idempotent || transactional !== undefined;
  const acks = acksOf(topology.durability, idempotent);
  const publishTimeoutMs = wholeMs(options.publishTimeoutNs);
  // With idempotence a request without an answer is tried once more within the time.
  const requestTimeoutMs = idempotent ? Math.ceil(publishTimeoutMs / 2) : publishTimeoutMs;
  const clientId = `mqbench-producer-${options.index}`;
  const { name: topic, partitions } = topology;
  const heads = Array.from({ length: partitions }, (_, partition) =>
    produceHead({
      clientId,
      ...(transactional ? { transactionalId: transactional.id } : {}),
      topic,
      partition,
      acks,
      timeoutMs: requestTimeoutMs,
    }),
  );
  let transactions: Transactions | undefined;
  const held = transactional
    ? createHeldOutcomes(on, (code) =>
        transactions?.doom(new BrokerError(`a message of the transaction was not taken (${code})`, { code })),
      )
    : undefined;
  const engine = new ProducerEngine(
    {
      acks,
      idempotent,
      compression: settings.compression,
      batchBytes: Math.min(options.batchBytes, topicMaxBytes(topology)),
      lingerMs: options.lingerNs / 1e6,
      publishTimeoutMs,
      maxInFlight: options.maxInFlight,
      maxInFlightRequests: settings.maxInFlightRequests,
      retries: settings.retries,
      topicBytes: Buffer.byteLength(topic),
      renew: transactional ? undefined : (identity) => nextIdentity(identity, cluster, () => engine.isClosed),
    },
    held ? heldBack(on, held) : on,
    options.index * partitions,
    heads,
  );
  for (const lane of engine.lanes) lane.timestampAheadMs = settings.timestampAheadMs;
  const links = createLinks({
    cluster,
    topic,
    lanes: engine.lanes,
    requestTimeoutMs,
    event: (kind, detail) => {
      if (!engine.isClosed) on.event(kind, detail);
    },
    mended: () => engine.pump(),
    notMended: (code) => engine.expire(code),
  });
  engine.links = links;
  try {
    await links.start();
    const coordinator = transactional
      ? createTransactionCoordinator({
          cluster,
          topic,
          transactionalId: transactional.id,
          transactionTimeoutMs: wholeMs(transactional.timeoutNs),
          patienceMs: publishTimeoutMs,
          isClosed: () => engine.isClosed,
        })
      : undefined;
    if (idempotent) {
      const identity = await (coordinator?.init() ?? obtainIdentity(cluster, () => engine.isClosed));
      for (const lane of engine.lanes) lane.identity = identity;
    }
    if (coordinator && held) {
      const { maxInFlight } = options;
      const patienceMs = publishTimeoutMs;
      transactions = createTransactions({ engine, coordinator, held, topic, maxInFlight, patienceMs, on });
    }
  } catch (error) {
    engine.close();
    throw new BrokerError(`a producer could not connect to Kafka: ${messageOf(error)}`, {
      code: brokerCodeOf(error),
      cause: error,
    });
  }
  on.event("connected", `producer ${options.index}`);

  if (transactions) return transactions;
  return {
    offer: (source, max) => (engine.isClosed ? 0 : engine.offer(source, max)),
    flush: () => engine.flush(),
    async close() {
      if (!engine.isClosed) engine.close();
    },
  };
}

/** As the protocol has durations. */
function wholeMs(ns: number): number {
  return Math.min(MAX_INT32, Math.max(1, Math.round(ns / 1e6)));
}

/** What the engine tells within a transaction; whether there is room is the transaction's to say. */
function heldBack(on: Outcomes, held: HeldOutcomes): Outcomes {
  return {
    settled: held.settled,
    settledList(lane, sequences, outcome, code) {
      for (const sequence of sequences) held.settled(lane, sequence, 1, outcome, code);
    },
    ready: () => undefined,
    event: (kind, detail) => on.event(kind, detail),
  };
}
