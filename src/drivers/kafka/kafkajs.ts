import type { DriverFactory } from "../driver.ts";
import { brokersOf } from "./capabilities.ts";
import { createConsumer } from "./consumer.ts";
import type { Context } from "./context.ts";
import { kafkajsFacts } from "./info.ts";
import { officeDriver } from "./platformatic/office-driver.ts";
import { createProducer } from "./producer.ts";
import { readSettings, refuseTimestamps } from "./settings.ts";

/**
 * Kafka topics and consumer groups through kafkajs, which carries the messages; topics and depths are the
 * office's. Partitions of a subscription are assigned, not balanced.
 */
export const kafkajsDriver: DriverFactory = ({ url, mode, options, isolation }) => {
  const settings = readSettings(options, ["none", "gzip"], isolation);
  refuseTimestamps(settings);
  const context: Context = { brokers: brokersOf(url), settings };
  return officeDriver({
    client: "kafkajs",
    mode,
    context,
    facts: () => kafkajsFacts(context.settings),
    producer: (o, on) => createProducer(context, o, on),
    consumer: (o, on) => createConsumer(context, o, on),
  });
};
