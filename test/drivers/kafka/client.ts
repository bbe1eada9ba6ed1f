import type { Driver, DriverFactory } from "../../../src/drivers/driver.ts";
import { sharedBroker } from "../../support/brokers.ts";
import type { ContractContext, ContractTarget } from "../contract/context.ts";
import { cutRoute, type RestorableRoute } from "./route.ts";

/** One of the clients for Kafka, on the broker of the test file. */
export interface KafkaClient {
  readonly target: ContractTarget;
  driverAt(url: string, options?: Record<string, unknown>): Driver;
  /** A driver with these options, not yet connected, which ends with the context. */
  driverWith(context: ContractContext, options: Record<string, unknown>): Promise<Driver>;
  /** A connected driver whose connections can be held and cut. */
  openRoute(context: ContractContext): Promise<RestorableRoute>;
}

export function kafkaClient(client: string, factory: DriverFactory): KafkaClient {
  const driverAt = (url: string, options: Record<string, unknown> = {}): Driver =>
    factory({ url, mode: "log", options });
  const route = async (): Promise<RestorableRoute> =>
    cutRoute((await sharedBroker("kafka")).url, (url) => driverAt(url));
  return {
    driverAt,
    target: {
      name: `kafka:log@${client}`,
      make: async () => driverAt((await sharedBroker("kafka")).url),
      makeUnreachable: () => driverAt("127.0.0.1:1"),
      breakStream: async (topology, driver) => driver.drop(topology),
      route,
      makeCommittedReader: async () =>
        driverAt((await sharedBroker("kafka")).url, { isolation: "read_committed" }),
    },
    async driverWith(context, options) {
      const driver = driverAt((await sharedBroker("kafka")).url, options);
      context.defer(() => driver.close());
      return driver;
    },
    async openRoute(context) {
      const open = await route();
      context.defer(() => open.close());
      context.defer(() => open.driver.close());
      await open.driver.connect();
      return open;
    },
  };
}
