import { BrokerError, messageOf } from "../../../model/errors.ts";
import type { Outcomes, Producer, ProducerOptions } from "../../driver.ts";
import { acksOf } from "../copies.ts";
import { topicMaxBytes } from "../topic-plan.ts";
import type { WireContext } from "./consumer.ts";
import { obtainIdentity } from "./idempotence.ts";
import { produceHead } from "./produce-request.ts";
import { ProducerEngine } from "./producer-engine.ts";
import { createLinks } from "./producer-links.ts";
import { brokerCodeOf } from "./protocol-error.ts";

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
  const { topology, idempotent } = options;
  const acks = acksOf(topology.durability, idempotent);
  const publishTimeoutMs = Math.min(MAX_INT32, Math.max(1, Math.round(options.publishTimeoutNs / 1e6)));
  // With idempotence a request without an answer is tried once more within the time.
  const requestTimeoutMs = idempotent ? Math.ceil(publishTimeoutMs / 2) : publishTimeoutMs;
  const clientId = `mqbench-producer-${options.index}`;
  const { name: topic, partitions } = topology;
  const heads = Array.from({ length: partitions }, (_, partition) =>
    produceHead({ clientId, topic, partition, acks, timeoutMs: requestTimeoutMs }),
  );
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
      topicBytes: Buffer.byteLength(topic),
      renew: () => obtainIdentity(cluster, () => engine.isClosed),
    },
    on,
    options.index * partitions,
    heads,
  );
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
    if (idempotent) {
      const identity = await obtainIdentity(cluster, () => engine.isClosed);
      for (const lane of engine.lanes) lane.identity = identity;
    }
  } catch (error) {
    engine.close();
    throw new BrokerError(`a producer could not connect to Kafka: ${messageOf(error)}`, {
      code: brokerCodeOf(error),
      cause: error,
    });
  }
  on.event("connected", `producer ${options.index}`);

  return {
    offer: (source, max) => (engine.isClosed ? 0 : engine.offer(source, max)),
    flush: () => engine.flush(),
    async close() {
      if (!engine.isClosed) engine.close();
    },
  };
}
