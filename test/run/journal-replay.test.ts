import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Arrivals } from "../../src/load/arrivals.ts";
import { FRAME } from "../../src/load/frames.ts";
import { encodeRecord, type JournalRecord } from "../../src/load/journal-records.ts";
import { createRecorders } from "../../src/load/metrics.ts";
import { OutcomeLog } from "../../src/load/outcome-log.ts";
import { encodePage } from "../../src/load/page-frame.ts";
import { Processed } from "../../src/load/processed.ts";
import type { AgentInit, Tick } from "../../src/load/protocol.ts";
import { TransactionLog } from "../../src/load/transaction-log.ts";
import type { Plan } from "../../src/model/plan.ts";
import { replayJournal } from "../../src/run/journal-replay.ts";
import { Tally } from "../../src/run/tally.ts";
import { sampleRun } from "../fixtures/run.ts";

const SAMPLE = sampleRun().plan;
const PLAN: Plan = {
  ...SAMPLE,
  stream: { partitions: 2, subscriptions: 1 },
  producers: { ...SAMPLE.producers, count: 1 },
};
const VITALS = {
  backlogNs: 0,
  cpuNs: 0,
  rssBytes: 0,
  loopDelayP99Ns: 0,
  loopDelayMaxNs: 0,
  loopUtilisation: 0,
  gc: { count: 0, totalNs: 0, maxNs: 0 },
};

function agent(side: Pick<AgentInit, "producers" | "consumers">): {
  name: string;
  pid: number;
  init: AgentInit;
} {
  const topology = {
    name: "s",
    partitions: 2,
    subscriptions: ["sub-0"],
    durability: PLAN.durability,
    maxMessageBytes: 100,
  };
  const init: AgentInit = {
    type: "init",
    name: "agent",
    plan: PLAN,
    topology,
    runNumber: 1,
    url: "",
    ownsStream: false,
    journal: { path: "", crashes: [] },
    ...side,
  };
  return { name: "agent", pid: 1, init };
}

const CONSUMER = agent({ producers: [], consumers: [{ subscription: 0, index: 0 }] });
const PRODUCER = agent({ producers: [0], consumers: [] });

const processed = fc
  .array(
    fc.record({
      kind: fc.constantFrom("ok" as const, "ok" as const, "ok" as const, "corrupt" as const),
      lane: fc.nat(2),
      sequence: fc.nat(40),
      flagged: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((messages): JournalRecord & { type: "processed" } => ({
    type: "processed",
    receivedNs: 5e9,
    subscription: 0,
    consumer: 0,
    messages: messages.map((m) => ({ ...m, intendedNs: 4e9, sentNs: 4e9, partition: 0, offset: m.sequence })),
  }));

/** A consumer that shipped what is in the first `shipped` records, and was killed behind the last one. */
function consumed(records: readonly (JournalRecord & { type: "processed" })[], shipped: number, told = true) {
  const tally = new Tally(PLAN, ["sub-0"], [CONSUMER]);
  const arrivals = new Arrivals(2);
  const side = new Processed(2, arrivals, PLAN.phases, createRecorders());
  const encoded = records.map(encodeRecord);
  for (const r of records.slice(0, shipped)) side.add(r.messages, r.receivedNs);
  arrivals.take((lane, page) => tally.frame("agent", FRAME.page, encodePage(0, lane, page)));
  const tick: Tick = {
    type: "tick",
    atNs: 5e9,
    ...VITALS,
    producers: [],
    subscriptions: [{ subscription: 0, ...arrivals.counters, reorderedExamples: [] }],
    journalBytes: told ? Buffer.concat(encoded.slice(0, shipped)).length : 0,
  };
  if (shipped > 0) tally.tick("agent", tick);
  // Half a shipment, which its journal has too.
  arrivals.take((lane, page) => tally.frame("agent", FRAME.page, encodePage(0, lane, page)));
  const replay = replayJournal(Buffer.concat(encoded), CONSUMER.init, tally.newestTick("agent"));
  tally.ended("agent", replay.frames, replay.tick);
  return { verdict: tally.ledger.verdict(tally.arrivals())[0]!, sums: tally.arrivals()[0]!, replay };
}

describe("a consumer's journal", () => {
  it("and what was shipped before count every message once, wherever the one ends", () => {
    fc.assert(
      fc.property(fc.array(processed, { minLength: 1, maxLength: 8 }), fc.nat(), (records, cut) => {
        const shipped = cut % (records.length + 1);
        const all = consumed(records, 0);
        const { verdict, sums } = consumed(records, shipped);
        expect({ ...verdict, sums }).toEqual({ ...all.verdict, sums: all.sums });
        const delivered = records.reduce((n, r) => n + r.messages.length, 0);
        expect(sums.delivered).toBe(delivered);
        expect(verdict.unique + verdict.redelivered + verdict.copied.count + sums.corrupt).toBe(delivered);
      }),
    );
  });

  it("counts twice if nobody says how much of it was shipped", () => {
    const one = (sequence: number) => ({
      kind: "ok" as const,
      lane: 0,
      sequence,
      flagged: false,
      intendedNs: 0,
      sentNs: 0,
      partition: 0,
      offset: sequence,
    });
    const records = [0, 1].map((s) => ({
      type: "processed" as const,
      receivedNs: 0,
      subscription: 0,
      consumer: 0,
      messages: [one(s)],
    }));
    expect(consumed(records, 1).verdict.copied.count).toBe(0);
    expect(consumed(records, 1, false).verdict.copied.count).toBe(1);
  });

  it("tells how far the next incarnation's offsets are known, and whether the plan killed it", () => {
    const record = {
      type: "processed" as const,
      receivedNs: 0,
      subscription: 0,
      consumer: 0,
      messages: [7, 3].map((offset, partition) => ({
        kind: "ok" as const,
        lane: partition,
        sequence: 0,
        flagged: false,
        intendedNs: 0,
        sentNs: 0,
        partition,
        offset,
      })),
    };
    const crash = { type: "crash" as const, atNs: 6e9, fault: 2, inFlight: 2 };
    const alive = replayJournal(encodeRecord(record), CONSUMER.init, undefined);
    expect(alive.crash).toBeUndefined();
    const dead = replayJournal(
      Buffer.concat([encodeRecord(record), encodeRecord(crash)]),
      CONSUMER.init,
      undefined,
    );
    expect(dead).toMatchObject({ crash: { fault: 2 }, inFlight: 2, tick: { atNs: 6e9 } });
    expect(dead.before.consumers).toEqual([{ subscription: 0, index: 0, offsets: [7, 3] }]);
  });
});

describe("a producer's journal", () => {
  const offered = (lane: number, sequence: number): JournalRecord => ({
    type: "offered",
    lane,
    sequence,
    sizeBytes: 100,
    intendedNs: 4e9,
    sentNs: 4e9,
  });
  const acked = (lane: number, from: number, count: number): JournalRecord => ({
    type: "settled",
    atNs: 4.1e9,
    lane,
    outcome: "acked",
    code: undefined,
    ranges: [[from, count]],
  });
  const LIFE = [
    offered(0, 0),
    offered(1, 0),
    acked(0, 0, 1),
    offered(0, 1),
    offered(0, 2),
    acked(0, 1, 1),
    offered(1, 1),
  ];

  it.each(LIFE.map((_, i) => i))(
    "closes with %i records shipped before: what has no outcome is unknown",
    (n) => {
      const tally = new Tally(PLAN, ["sub-0"], [PRODUCER]);
      const encoded = LIFE.map(encodeRecord);
      const log = new OutcomeLog();
      for (const r of LIFE.slice(0, n))
        if (r.type === "settled")
          for (const [from, count] of r.ranges) log.add(r.lane, from, count, r.outcome);
      const shipped = log.take();
      if (shipped) tally.frame("agent", FRAME.outcomes, shipped);
      const early = replayJournal(Buffer.concat(encoded.slice(0, n)), PRODUCER.init, undefined).tick;
      tally.tick("agent", {
        type: "tick",
        ...VITALS,
        ...early,
        journalBytes: Buffer.concat(encoded.slice(0, n)).length,
      });
      const replay = replayJournal(Buffer.concat(encoded), PRODUCER.init, tally.newestTick("agent"));
      tally.ended("agent", replay.frames, replay.tick);
      expect(tally.ledger.totals).toEqual({ offered: 5, acked: 2, failed: 0, unknown: 3, unasked: 0 });
      expect(replay.inFlight).toBe(3);
      expect(replay.before.producers).toMatchObject([
        { index: 0, offered: [3, 2], sent: 5, bytes: 500, codes: { "unknown: AGENT_KILLED": 3 } },
      ]);
    },
  );

  const begun = (transaction: number): JournalRecord => ({ type: "begun", producer: 0, transaction });
  const TRANSACTED = [
    begun(0),
    offered(0, 0),
    offered(1, 0),
    acked(0, 0, 1),
    acked(1, 0, 1),
    begun(1),
    offered(0, 1),
    offered(1, 1),
  ];

  it.each(TRANSACTED.map((_, i) => i))(
    "knows which messages are one transaction, with %i records shipped before",
    (n) => {
      const tally = new Tally(PLAN, ["sub-0"], [PRODUCER]);
      const encoded = TRANSACTED.map(encodeRecord);
      const [log, transactions, first] = [new OutcomeLog(), new TransactionLog(), [0, 0]];
      for (const r of TRANSACTED.slice(0, n)) {
        if (r.type === "begun") transactions.add(0, first, r.transaction);
        if (r.type === "offered") first[r.lane]!++;
        if (r.type === "settled")
          for (const [from, count] of r.ranges) log.add(r.lane, from, count, r.outcome);
      }
      const shipped = [log.take(), transactions.take()];
      if (shipped[0]) tally.frame("agent", FRAME.outcomes, shipped[0]);
      if (shipped[1]) tally.frame("agent", FRAME.transactions, shipped[1]);
      const early = replayJournal(Buffer.concat(encoded.slice(0, n)), PRODUCER.init, undefined).tick;
      const journalBytes = Buffer.concat(encoded.slice(0, n)).length;
      tally.tick("agent", { type: "tick", ...VITALS, ...early, journalBytes });
      const replay = replayJournal(Buffer.concat(encoded), PRODUCER.init, tally.newestTick("agent"));
      tally.ended("agent", replay.frames, replay.tick);
      expect(tally.ledger.transactions()).toMatchObject({ total: 2, committed: 1, aborted: 0, unknown: 1 });
      // The next incarnation goes on with the next transaction.
      expect(replay.before.producers).toMatchObject([{ transactions: 2 }]);
    },
  );

  it("of a second incarnation goes on where the first one ended", () => {
    const first = replayJournal(Buffer.concat(LIFE.map(encodeRecord)), PRODUCER.init, undefined);
    const init = { ...PRODUCER.init, journal: { path: "", crashes: [], before: first.before } };
    const life = [offered(0, 3), acked(0, 3, 1), acked(1, 1, 1)];
    const second = replayJournal(Buffer.concat(life.map(encodeRecord)), init, undefined);
    expect(second.before.producers).toMatchObject([{ offered: [4, 2], sent: 6, late: 1 }]);
    expect(second.inFlight).toBe(0);
  });
});
