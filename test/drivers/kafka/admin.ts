import { Admin, ConfigResourceTypes, IncrementalAlterConfigOperationTypes } from "@platformatic/kafka";
import { sharedBroker } from "../../support/brokers.ts";

/** Does something to the file's broker behind the driver's back. */
export async function asAdmin<T>(act: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Admin({ clientId: "test", bootstrapBrokers: [(await sharedBroker("kafka")).url] });
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
