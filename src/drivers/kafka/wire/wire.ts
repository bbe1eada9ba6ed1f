import type { DriverFactory } from "../../driver.ts";
import { brokersOf } from "../capabilities.ts";
import { officeDriver } from "../platformatic/office-driver.ts";
import { COMPRESSIONS, readSettings } from "../settings.ts";
import { createCluster } from "./cluster.ts";
import { createWireConsumer } from "./consumer.ts";
import { wireFacts } from "./info.ts";
import { createWireProducer } from "./producer.ts";

/** Kafka topics and consumer groups by mqbench's own producer and consumer on the wire. */
export const wireDriver: DriverFactory = ({ url, mode, options, isolation }) => {
  const brokers = brokersOf(url);
  const settings = readSettings(options, COMPRESSIONS, isolation, true);
  const cluster = createCluster({ brokers, clientId: "mqbench" });
  return officeDriver({
    client: "wire",
    mode,
    context: { brokers, settings },
    can: { transactions: true, grows: true },
    facts: () => wireFacts(settings),
    producer: (o, on) => createWireProducer({ cluster, settings }, o, on),
    consumer: (o, on) => createWireConsumer({ cluster, settings }, o, on),
    close: () => cluster.close(),
  });
};
