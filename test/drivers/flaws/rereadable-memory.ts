import type { Driver, MessageSource } from "../../../src/drivers/driver.ts";

interface Stored {
  readonly bytes: Buffer;
  readonly partition: number;
  readonly offset: number;
}

/** Stream → everything that was ever published to it. */
const LOGS = new Map<string, Stored[]>();

/** The memory driver as if it were a log: what is published stays, and can be read again. */
export function rereadable(honest: Driver): Driver {
  return {
    ...honest,
    capabilities: { ...honest.capabilities, reread: "log" },
    async drop(topology) {
      LOGS.delete(topology.name);
      await honest.drop(topology);
    },
    async producer(options, on) {
      const log = LOGS.get(options.topology.name) ?? [];
      LOGS.set(options.topology.name, log);
      const producer = await honest.producer(options, on);
      return {
        offer: (source, max) => producer.offer(copying(source, log), max),
        flush: () => producer.flush(),
        close: () => producer.close(),
      };
    },
    async reread({ topology, signal }, on) {
      const log = [...(LOGS.get(topology.name) ?? [])].sort((a, b) => a.partition - b.partition);
      for (const { bytes, partition, offset } of log)
        if (!signal.aborted) on.record(bytes, 0, bytes.length, -1, partition, offset);
    },
  };
}

function copying(source: MessageSource, log: Stored[]): MessageSource {
  return {
    peek: () => source.peek(),
    write(into, at) {
      const { partition, sizeBytes } = source.peek()!;
      source.write(into, at);
      const offset = log.filter((m) => m.partition === partition).length;
      log.push({ bytes: Buffer.from(into.subarray(at, at + sizeBytes)), partition, offset });
    },
  };
}
