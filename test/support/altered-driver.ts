import type {
  Consumer,
  ConsumerOptions,
  Deliveries,
  Driver,
  Outcomes,
  Producer,
  ProducerOptions,
} from "../../src/drivers/driver.ts";

/** What a test changes about an otherwise honest driver. */
export interface Alteration {
  /** Instead of the driver's own methods. */
  driver?(honest: Driver): Partial<Driver>;
  outcomes?(on: Outcomes, options: ProducerOptions): Outcomes;
  producer?(honest: Producer, on: Outcomes): Partial<Producer>;
  producerOptions?(options: ProducerOptions): ProducerOptions;
  deliveries?(on: Deliveries, options: ConsumerOptions): Deliveries;
  consumer?(honest: Consumer, on: Deliveries): Partial<Consumer>;
  consumerOptions?(options: ConsumerOptions): ConsumerOptions;
}

/** The honest driver with alterations. */
export function altered(honest: Driver, alteration: Alteration): Driver {
  const driver: Driver = {
    ...honest,
    async producer(given, on) {
      const options = alteration.producerOptions?.(given) ?? given;
      const producer = await honest.producer(options, alteration.outcomes?.(on, options) ?? on);
      return Object.assign(
        bound(producer, ["offer", "flush", "close"]),
        producer.transaction ? { transaction: producer.transaction } : {},
        alteration.producer?.(producer, on),
      );
    },
    async consumer(given, on) {
      const options = alteration.consumerOptions?.(given) ?? given;
      const consumer = await honest.consumer(options, alteration.deliveries?.(on, options) ?? on);
      return Object.assign(
        bound(consumer, ["answer", "flush", "close"]),
        consumer.positions ? { positions: consumer.positions.bind(consumer) } : {},
        alteration.consumer?.(consumer, on),
      );
    },
  };
  return { ...driver, ...alteration.driver?.(honest) };
}

/** A plain object with the named methods, which an instance of a class is not. */
function bound<T extends object, K extends keyof T>(object: T, names: readonly K[]): Pick<T, K> {
  const methods = names.map((name) => [name, (object[name] as (...a: never[]) => unknown).bind(object)]);
  return Object.fromEntries(methods) as Pick<T, K>;
}
