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
const LAST_EPOCH = 0x7fff;

/**
 * A producer id that nobody had before. A broker that is just starting refuses for a while: it is asked again.
 * @throws BrokerError with the protocol's code
 */
export async function obtainIdentity(
  cluster: Cluster,
  isClosed: () => boolean,
  mostTries = TRIES,
): Promise<Identity> {
  for (let tries = 1; ; tries++)
    try {
      const answer = await initProducerIdV1.api.async(await cluster.control(), null, TRANSACTION_MS);
      return { producerId: Number(answer.producerId), epoch: answer.producerEpoch };
    } catch (error) {
      if (tries === mostTries || isClosed())
        throw new BrokerError(`Kafka gives no producer id: ${messageOf(error)}`, {
          code: brokerCodeOf(error),
          cause: error,
        });
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
}

/**
 * Whom a partition is told to count anew for: the same producer in its next epoch, for which no broker need be there
 * (KIP-360, as Kafka's own producer: TransactionManager.bumpIdempotentProducerEpoch). Once the partition has seen it,
 * what is still on its way in an older epoch is refused, and so overtakes nothing. Only behind the last epoch, a new id.
 * @throws BrokerError when the producer was closed meanwhile
 */
export async function nextIdentity(
  { producerId, epoch }: Identity,
  cluster: Cluster,
  isClosed: () => boolean,
): Promise<Identity> {
  if (epoch < LAST_EPOCH) return { producerId, epoch: epoch + 1 };
  return await obtainIdentity(cluster, isClosed, Number.POSITIVE_INFINITY);
}
