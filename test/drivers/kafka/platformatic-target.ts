import { Admin, ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from "@platformatic/kafka";
import type { BrokerLease } from "../../../src/brokers/broker.ts";
import { obtainBroker } from "../../../src/brokers/provider.ts";
import type { Driver } from "../../../src/drivers/driver.ts";
import { platformaticDriver } from "../../../src/drivers/kafka/platformatic/platformatic.ts";
import type { ContractContext, ContractTarget } from "../contract/context.ts";
import { cutRoute, type RestorableRoute } from "./route.ts";

const abort = new AbortController();
let lease: Promise<BrokerLease> | undefined;

/** One broker for the file. */
export function broker(): Promise<BrokerLease> {
  const url = process.env.MQBENCH_KAFKA_URL;
  lease ??= obtainBroker("kafka", {
    onProgress: () => undefined,
    signal: abort.signal,
    ...(url ? { url } : {}),
  });
  return lease;
}

export const driverAt = (url: string, options: Record<string, unknown> = {}): Driver =>
  platformaticDriver({ url, mode: "log", options });

const make = async (): Promise<Driver> => driverAt((await broker()).url);

/** Ends the broker. */
export async function release(): Promise<void> {
  await (await lease)?.release();
  abort.abort();
}

const routed = async (): Promise<RestorableRoute> => cutRoute((await broker()).url, (url) => driverAt(url));

export const target: ContractTarget = {
  name: "kafka:log@platformatic",
  make,
  makeUnreachable: () => driverAt("127.0.0.1:1"),
  breakStream: async (topology, driver) => driver.drop(topology),
  route: routed,
};

/** A connected driver whose connections can be held and cut. */
export async function openRoute(context: ContractContext): Promise<RestorableRoute> {
  const route = await routed();
  context.defer(() => route.close());
  context.defer(() => route.driver.close());
  await route.driver.connect();
  return route;
}

/** Behind the driver's back. */
export async function asAdmin<T>(act: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({ clientId: "test", bootstrapBrokers: [(await broker()).url] });
  try {
    return await act(admin);
  } finally {
    await admin.close();
  }
}

export async function setTopic(resourceName: string, name: string, value: string): Promise<void> {
  const resourceType = ConfigResourceTypes.TOPIC;
  const configOperation = IncrementalAlterConfigOperationTypes.SET;
  const configs = [{ name, value, configOperation }];
  await asAdmin((admin) =>
    admin.incrementalAlterConfigs({ resources: [{ resourceType, resourceName, configs }] }),
  );
}

/** Of partition 0, on the disk of the broker. */
export async function storedBytes(name: string): Promise<number> {
  const [told] = await asAdmin((admin) => admin.describeLogDirs({ topics: [{ name, partitions: [0] }] }));
  const sizes = (told?.results ?? []).flatMap((r) => r.topics).flatMap((t) => t.partitions);
  return sizes.reduce((sum, p) => sum + Number(p.partitionSize), 0);
}

const PRODUCE = 0;

/** Of a produce request of the protocol's version 9 or later, which has no transaction; none of others. */
export function acksOf(bytes: unknown): number[] {
  if (!Buffer.isBuffer(bytes) || bytes.length < 20 || bytes.readInt16BE(4) !== PRODUCE) return [];
  // Size, key, version and correlation take 12 bytes; after the client's name come no tags and no transaction.
  return [bytes.readInt16BE(12 + 2 + bytes.readInt16BE(12) + 2)];
}
