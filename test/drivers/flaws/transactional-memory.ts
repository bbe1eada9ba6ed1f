import type {
  Consumer,
  Driver,
  MessageHead,
  Outcome,
  Positions,
  Producer,
  Transaction,
} from "../../../src/drivers/driver.ts";
import { BrokerError } from "../../../src/model/errors.ts";

/** Transactional id → who has it. */
const OWNERS = new Map<string, symbol>();
/** Stream, subscription → what acknowledges up to positions, of each consumer that is open. */
const CONSUMERS = new Map<string, Set<(positions: Positions) => void>>();
/** Stream, subscription, partition → offset that was committed. */
const COMMITTED = new Map<string, number>();

const keyOf = ({ topology, subscription }: Omit<Positions, "offsets">) => `${topology.name} ${subscription}`;

/** The memory driver as if it had transactions: what is in one reaches it with the commit. */
export function transactional(honest: Driver): Driver {
  return {
    ...honest,
    capabilities: { ...honest.capabilities, transactions: true },
    async producer(options, on) {
      if (!options.transactional) return await honest.producer(options, on);
      const { id } = options.transactional;
      const own = Symbol(id);
      OWNERS.set(id, own);
      const stored = await honest.producer(options, {
        ...on,
        settled: () => {},
        settledList: () => {},
        ready: () => {},
      });
      const held: { head: MessageHead; bytes: Buffer }[] = [];
      let positions: Positions[] = [];
      let isOpen = false;
      let isStarved = false;
      const needOpen = () => {
        if (!isOpen) throw new Error("no transaction is open");
      };
      const needId = () => {
        if (OWNERS.get(id) !== own)
          throw new BrokerError("somebody else has it", { code: "PRODUCER_FENCED" });
      };
      const end = (outcome: Outcome, code?: string) => {
        isOpen = false;
        positions = [];
        for (const { head } of held.splice(0)) on.settled(head.lane, head.sequence, 1, outcome, code);
      };
      const tx: Transaction = {
        async begin() {
          needId();
          isOpen = true;
          if (isStarved) setImmediate(on.ready);
          isStarved = false;
        },
        async sendOffsets(one) {
          needOpen();
          positions.push(one);
        },
        async commit() {
          needOpen();
          try {
            needId();
          } catch (error) {
            end("failed", "PRODUCER_FENCED");
            throw error;
          }
          const waiting = [...held];
          const source = {
            peek: () => waiting[0]?.head,
            write: (into: Uint8Array, at: number) => into.set(waiting.shift()!.bytes, at),
          };
          while (waiting.length > 0) {
            stored.offer(source, waiting.length);
            await stored.flush();
          }
          for (const one of positions) for (const tell of CONSUMERS.get(keyOf(one)) ?? []) tell(one);
          end("acked");
        },
        async abort() {
          needOpen();
          end("failed", "TRANSACTION_ABORTED");
        },
      };
      const producer: Producer = {
        transaction: tx,
        offer(source, max) {
          let took = 0;
          for (let head = source.peek(); took < max && head; head = source.peek(), took++) {
            if (!isOpen || held.length >= options.maxInFlight) {
              isStarved = true;
              break;
            }
            const bytes = Buffer.alloc(head.sizeBytes);
            held.push({ head: { ...head }, bytes });
            source.write(bytes, 0);
          }
          return took;
        },
        flush: async () => {},
        async close() {
          end("unknown", "CLOSED");
          await stored.close();
        },
      };
      return producer;
    },
    async consumer(options, on) {
      if (options.acknowledge !== "transaction") return await honest.consumer(options, on);
      const key = keyOf(options);
      const next = new Map(options.partitions.map((p) => [p, COMMITTED.get(`${key} ${p}`) ?? 0]));
      /** By tag. */
      const delivered: { partition: number; offset: number; isAnswered: boolean; isTold: boolean }[] = [];
      const inner = await honest.consumer(
        { ...options, acknowledge: "manual" },
        {
          begin: () => on.begin(),
          end: () => on.end(),
          event: (kind, detail) => on.event(kind, detail),
          message(bytes, start, stop, tag, partition, ...rest) {
            const offset = next.get(partition)!;
            next.set(partition, offset + 1);
            delivered.push({ partition, offset, isAnswered: false, isTold: false });
            on.message(bytes, start, stop, tag, partition, ...rest);
          },
        },
      );
      const tell = ({ offsets }: Positions) => {
        for (const [tag, one] of delivered.entries()) {
          const offset = offsets.get(one.partition) ?? 0;
          COMMITTED.set(`${key} ${one.partition}`, offset);
          if (!one.isTold && one.offset < offset) inner.answer(tag, "ack", false);
          one.isTold ||= one.offset < offset;
        }
      };
      const all = CONSUMERS.get(key) ?? new Set();
      CONSUMERS.set(key, all.add(tell));
      const consumer: Consumer = {
        answer(tag, _, upTo) {
          for (let t = upTo ? 0 : tag; t <= tag; t++) delivered[t]!.isAnswered = true;
        },
        positions() {
          const offsets = new Map<number, number>();
          const stopped = new Set<number>();
          for (const { partition, offset, isAnswered } of delivered)
            if (!isAnswered) stopped.add(partition);
            else if (!stopped.has(partition)) offsets.set(partition, offset + 1);
          return { topology: options.topology, subscription: options.subscription, offsets };
        },
        flush: async () => {},
        async close() {
          all.delete(tell);
          await inner.close();
        },
      };
      return consumer;
    },
  };
}
