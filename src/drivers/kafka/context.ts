import type { Address } from "./address.ts";
import type { KafkaSettings } from "./settings.ts";

/** What every part of the driver needs to know. */
export interface Context {
  readonly brokers: readonly Address[];
  readonly settings: KafkaSettings;
}
