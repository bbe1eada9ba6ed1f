import type { BrokerLease } from "../../../src/brokers/broker.ts";
import { obtainBroker } from "../../../src/brokers/provider.ts";

const abort = new AbortController();
let lease: Promise<BrokerLease> | undefined;

/** One broker for a test file: the given one, or one that is started when it is first needed. */
export function broker(): Promise<BrokerLease> {
  const url = process.env.MQBENCH_KAFKA_URL;
  lease ??= obtainBroker("kafka", {
    onProgress: () => undefined,
    signal: abort.signal,
    ...(url ? { url } : {}),
  });
  return lease;
}

/** Ends the broker, if there is one of our own. */
export async function release(): Promise<void> {
  await (await lease)?.release();
  abort.abort();
}
