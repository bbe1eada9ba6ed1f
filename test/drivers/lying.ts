import type { Driver, DriverFactory } from "../../src/drivers/driver.ts";
import { type Lie, type LieKind, liar } from "../../src/drivers/memory/lies.ts";
import { memoryDriver } from "../../src/drivers/memory.ts";
import { amqplibDriver } from "../../src/drivers/rabbitmq/amqplib.ts";

/**
 * A driver of the user's own kind, for `--driver`: RabbitMQ's classic queues with lies in between, so that a
 * run can be seen to find exactly those. Options, besides those of the driver underneath:
 * `lie: drop | copy | swap | flip`, `every: N` or `at: [n, …]`, `under: rabbitmq | memory`.
 * Positions count the deliveries of each subscription's consumer 0, from 1; the others are left alone.
 */
export const system = "rabbitmq";
export const mode = "classic";
export const client = "lying";

export const factory: DriverFactory = ({
  url,
  options: { lie, every, at, under = "rabbitmq", ...options },
}) => {
  const lies: Lie[] = [
    {
      kind: kindOf(lie),
      every: typeof every === "number" ? every : 0,
      at: new Set(Array.isArray(at) ? at.map(Number) : []),
    },
  ];
  const make = under === "memory" ? memoryDriver : amqplibDriver;
  const honest = make({ url, mode: under === "memory" ? "queue" : mode, options });
  const driver: Driver = {
    ...honest,
    client,
    async consumer(consumerOptions, on) {
      if (consumerOptions.index !== 0) return await honest.consumer(consumerOptions, on);
      const lying = liar(lies, { count: 0 }, on);
      return lying.consumer(await honest.consumer(consumerOptions, lying.deliveries));
    },
  };
  return driver;
};

function kindOf(lie: unknown): LieKind {
  if (lie === "flip") return "corrupt";
  if (lie === "drop" || lie === "copy" || lie === "swap") return lie;
  throw new Error(`lie: ${String(lie)} is none of drop, copy, swap, flip`);
}
