import type { Producer, Transaction } from "../../../src/drivers/driver.ts";
import { type Flaw, settlements } from "./flaw.ts";

/** A producer whose transactions are another's. */
const changed = (change: (tx: Transaction) => Partial<Transaction>) => (p: Producer) =>
  p.transaction ? { transaction: { ...p.transaction, ...change(p.transaction) } } : {};

const abortsByCommit = changed((tx) => ({ abort: () => tx.commit() }));

export const TRANSACTION_FLAWS: readonly Flaw[] = [
  {
    what: "acknowledges before the commit",
    noticedBy: "settles nothing of a transaction",
    producer: (p, on) => {
      let taken = 0;
      return {
        offer(source, max) {
          const before = taken;
          taken += p.offer(source, max);
          if (p.transaction && taken > before)
            setImmediate(() => on.settled(0, Math.floor(before / 2), 1, "acked"));
          return taken - before;
        },
      };
    },
  },
  {
    what: "stores before the commit",
    noticedBy: "settles nothing of a transaction",
    producer: (p) => ({
      ...changed(() => ({ commit: async () => {} }))(p),
      flush: async () => (p.transaction ? await p.transaction.commit() : await p.flush()),
    }),
  },
  {
    what: "commits instead of aborting",
    noticedBy: "never shows what was aborted",
    producer: abortsByCommit,
  },
  {
    what: "says that it aborted what it committed",
    noticedBy: "never shows what was aborted",
    producer: abortsByCommit,
    outcomes: settlements((tell, lane, from, count, outcome) =>
      from < 5 ? tell(lane, from, count, "failed", "TRANSACTION_ABORTED") : tell(lane, from, count, outcome),
    ),
  },
  {
    what: "takes messages that belong to no transaction",
    noticedBy: "takes nothing outside of a transaction",
    producer(p) {
      p.transaction?.begin().catch(() => {});
      return changed(() => ({ begin: async () => {} }))(p);
    },
  },
  {
    what: "does not say that a transaction has begun",
    noticedBy: "takes nothing outside of a transaction",
    outcomes: (on) => ({ ...on, ready: () => {} }),
  },
  {
    what: "takes more into a transaction than may be in flight",
    noticedBy: "has no more messages in a transaction",
    producerOptions: (o) => ({ ...o, maxInFlight: o.maxInFlight + 1 }),
  },
  {
    what: "forgets the positions of a consumer",
    noticedBy: "acknowledges a consumer's positions",
    producer: changed(() => ({ sendOffsets: async () => {} })),
  },
  {
    what: "acknowledges positions whose transaction is aborted",
    noticedBy: "acknowledges a consumer's positions",
    outcomes: settlements((tell, lane, from, count, outcome) =>
      from < 4 ? tell(lane, from, count, "failed", "TRANSACTION_ABORTED") : tell(lane, from, count, outcome),
    ),
    producer: abortsByCommit,
  },
  {
    what: "tells positions beyond what was answered",
    noticedBy: "acknowledges a consumer's positions",
    consumer: (c) =>
      c.positions
        ? {
            positions() {
              const positions = c.positions!();
              return { ...positions, offsets: new Map([...positions.offsets].map(([p, o]) => [p, o + 1])) };
            },
          }
        : {},
  },
  {
    what: "lets two producers have one id",
    noticedBy: "fences the producer that had the id",
    producerOptions: ({ transactional, ...o }) =>
      transactional ? { ...o, transactional: { ...transactional, id: `${transactional.id}-${o.index}` } } : o,
  },
  {
    what: "calls a transaction aborted because it was closed",
    noticedBy: "settles what is in a transaction as unknown",
    outcomes: settlements((tell, lane, from, count, outcome, code) =>
      tell(lane, from, count, outcome === "unknown" ? "failed" : outcome, code),
    ),
  },
];
