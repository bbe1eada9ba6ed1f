import { initProducerIdV1 } from "@platformatic/kafka";
import { BrokerError, messageOf } from "../../../model/errors.ts";
import type { Cluster } from "./cluster.ts";
import { brokerCodeOf } from "./protocol-error.ts";

/** Whom a broker takes a producer for; sequences count within it. */
export interface Identity {
  readonly producerId: number;
  readonly epoch: number;
  /** What it sends is marked as part of a transaction. */
  readonly isTransactional?: boolean;
}

/** Without idempotence. */
export const NOBODY: Identity = { producerId: -1, epoch: -1 };

/** Only transactions have one. */
const TRANSACTION_MS = 60_000;
const TRIES = 20;
const PAUSE_MS = 250;

/**
 * A producer id that nobody had before. A broker that is just starting refuses for a while: it is asked again.
 * @throws BrokerError with the protocol's code
 */
export async function obtainIdentity(cluster: Cluster, isClosed: () => boolean): Promise<Identity> {
  for (let tries = 1; ; tries++)
    try {
      const answer = await initProducerIdV1.api.async(await cluster.control(), null, TRANSACTION_MS);
      return { producerId: Number(answer.producerId), epoch: answer.producerEpoch };
    } catch (error) {
      if (tries === TRIES || isClosed())
        throw new BrokerError(`Kafka gives no producer id: ${messageOf(error)}`, {
          code: brokerCodeOf(error),
          cause: error,
        });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
}
