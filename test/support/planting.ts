import type { Driver, DriverFactory } from "../../src/drivers/driver.ts";
import type { Topology } from "../../src/model/topology.ts";

/** Another client that changes what a broker has of a stream, by its own means. */
export interface Planter {
  /** Everything of a partition, in order. */
  read(partition: number): Promise<Buffer[]>;
  /** The first `count` messages of a partition are gone. */
  remove(partition: number, count: number): Promise<void>;
  /** Behind what is there. */
  append(partition: number, bodies: readonly Buffer[]): Promise<void>;
  close(): Promise<void>;
}

/** Its copy is put right behind this message of partition 1. */
export const COPIED = 3;
/** This message of partition 2 changes places with the one after it. */
export const SWAPPED = 10;

/**
 * A driver that is the given one, but that before anybody reads another client has lost some messages, copied one and
 * swapped two: for a plan that begins to read when everything was published.
 * @param removed how many are lost, from the front of partition 0
 */
export function planting(
  make: DriverFactory,
  open: (url: string, topology: Topology) => Promise<Planter>,
  removed: number,
): DriverFactory {
  return (settings) => {
    const honest: Driver = make(settings);
    return {
      ...honest,
      system: "planted",
      async consumer(options, on) {
        const planter = await open(settings.url, options.topology);
        try {
          await plant(planter, removed);
        } finally {
          await planter.close();
        }
        return await honest.consumer(options, on);
      },
    };
  };
}

async function plant(planter: Planter, removed: number): Promise<void> {
  await planter.remove(0, removed);
  const rewrite = async (partition: number, change: (bodies: Buffer[]) => Buffer[]): Promise<void> => {
    const bodies = await planter.read(partition);
    await planter.remove(partition, bodies.length);
    await planter.append(partition, change(bodies));
  };
  await rewrite(1, (bodies) => bodies.toSpliced(COPIED + 1, 0, bodies[COPIED]!));
  await rewrite(2, (bodies) => bodies.toSpliced(SWAPPED, 2, bodies[SWAPPED + 1]!, bodies[SWAPPED]!));
}
