import type { DriverFactory } from "../../driver.ts";
import { brokersOf } from "../capabilities.ts";
import type { Context } from "../context.ts";
import { COMPRESSIONS, type GroupKind, readSettings, refuseTimestamps } from "../settings.ts";
import { createConsumer } from "./consumer.ts";
import { platformaticFacts } from "./info.ts";
import { officeDriver } from "./office-driver.ts";
import { createProducer } from "./producer.ts";

const GROUPS: readonly GroupKind[] = ["assigned", "classic", "consumer"];

/** Kafka topics through @platformatic/kafka. Partitions of a subscription are assigned, unless a group is asked for. */
export const platformaticDriver: DriverFactory = ({ url, mode, options, isolation }) => {
  const settings = readSettings(options, COMPRESSIONS, isolation, false, GROUPS);
  refuseTimestamps(settings);
  const context: Context = { brokers: brokersOf(url), settings };
  return officeDriver({
    client: "platformatic",
    mode,
    context,
    can: settings.group === "assigned" ? {} : { balances: true },
    facts: () => platformaticFacts(settings),
    producer: (o, on) => createProducer(context, o, on),
    consumer: (o, on) => createConsumer(context, o, on),
  });
};
