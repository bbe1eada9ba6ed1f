import { UserError } from "../model/errors.ts";
import type { Topology } from "../model/topology.ts";
import type { Capabilities, Driver, DriverFactory } from "./driver.ts";
import { MemoryConsumer } from "./memory/consumer.ts";
import { liar } from "./memory/lies.ts";
import { type MemoryOptions, memoryOptions } from "./memory/options.ts";
import { MemoryProducer } from "./memory/producer.ts";
import { Stream } from "./memory/stream.ts";

/**
 * A broker inside this process, for the harness's own floor and for tests that need a broker which is slow
 * or lies to order. All instances in a process see the same streams. `producer()` and `consumer()` make a
 * stream that is not there, because the process that calls `create()` may be another one.
 */
export const memoryDriver: DriverFactory = (settings) => {
  if (settings.mode !== "queue")
    throw new UserError(`memory has no mode "${settings.mode}"`, {
      code: "UNKNOWN_MODE",
      hints: ["Use memory:queue."],
    });
  return driver(memoryOptions(settings.options));
};

const STREAMS = new Map<string, Stream>();

const CAPABILITIES: Capabilities = {
  local: true,
  offsets: false,
  redeliveryFlag: true,
  // Whatever is asked for is taken, so that the floor can be found at any plan's settings; it stays in memory.
  durability: ["none", "memory", "disk", "fsync"],
  sharing: ["exclusive", "compete"],
  answers: ["ack", "requeue", "reject"],
  order: "lane",
  idempotence: false,
  transactions: false,
  maxMessageBytes: 64 * 1024 ** 2,
};

function driver(options: MemoryOptions): Driver {
  const open = new Set<{ close(): Promise<void> }>();
  const streamOf = (topology: Topology): Stream => {
    const found = STREAMS.get(topology.name);
    if (found) return found;
    const made = new Stream(topology, options.script, options.capacity);
    STREAMS.set(topology.name, made);
    return made;
  };

  return {
    system: "memory",
    mode: "queue",
    client: "local",
    capabilities: CAPABILITIES,
    async connect() {
      return {
        version: process.versions.node,
        clientVersion: process.versions.node,
        address: "this process",
        options: effective(options),
        durabilityClass: (durability) => ({
          copies: durability === "none" ? "none" : "one",
          flush: "memory",
        }),
        notes: ["There is no broker: what is measured is the harness itself."],
      };
    },
    async create(topology, { existing } = { existing: "accept" }) {
      if (existing === "refuse" && STREAMS.has(topology.name))
        throw new UserError(`stream ${topology.name} exists already`, {
          code: "STREAM_EXISTS",
          hints: ["Drop it, or give the stream another name."],
        });
      streamOf(topology);
    },
    async drop({ name }) {
      const stream = STREAMS.get(name);
      if (!stream) return;
      STREAMS.delete(name);
      stream.dropped = true;
      for (const end of [...stream.producers, ...stream.consumers]) end.break();
    },
    async producer(producerOptions, on) {
      const producer = new MemoryProducer(streamOf(producerOptions.topology), producerOptions, on);
      open.add(producer);
      return producer;
    },
    async consumer(consumerOptions, on) {
      const stream = streamOf(consumerOptions.topology);
      if (options.lies.length === 0) {
        const consumer = new MemoryConsumer(stream, consumerOptions, on);
        open.add(consumer);
        return consumer;
      }
      const { subscription } = consumerOptions;
      const counter = stream.deliveries.get(subscription) ?? { count: 0 };
      stream.deliveries.set(subscription, counter);
      const lying = liar(options.lies, counter, on);
      const consumer = lying.consumer(new MemoryConsumer(stream, consumerOptions, lying.deliveries));
      open.add(consumer);
      return consumer;
    },
    async depth(topology) {
      const stream = STREAMS.get(topology.name);
      return topology.subscriptions.flatMap((subscription) =>
        Array.from({ length: topology.partitions }, (_, partition) => ({
          subscription,
          partition,
          messages: stream?.depth(partition, subscription) ?? 0,
        })),
      );
    },
    async close() {
      for (const end of open) await end.close();
      open.clear();
    },
  };
}

/** Options as they are told in a result. */
function effective({ script, lies, capacity }: MemoryOptions): Record<string, string | number> {
  const stalls = script.stalls.map((s) => `${s.forNs / 1e6}ms at ${s.atNs / 1e6}ms`);
  const told = lies.map((l) => `${l.kind} ${l.every > 0 ? `every ${l.every}` : `at ${[...l.at].join(",")}`}`);
  return {
    serviceTimeNs: script.serviceNs,
    stalls: stalls.join("; ") || "none",
    lies: told.join("; ") || "none",
    capacityMessages: capacity,
  };
}
