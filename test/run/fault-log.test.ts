import { describe, expect, it } from "vitest";
import type { FaultMark } from "../../src/load/protocol.ts";
import type { FaultPlan } from "../../src/model/fault.ts";
import type { RunEvent } from "../../src/model/result.ts";
import { createFaultLog } from "../../src/run/fault-log.ts";
import { createLostLinks } from "../../src/run/lost-links.ts";
import { SAMPLE_PLAN } from "../fixtures/run.ts";

const CUT: FaultPlan = { kind: "cut", atNs: 2e9, forNs: 1e9, side: "producer" };
const REFUSE: FaultPlan = { kind: "refuse", atNs: 4e9, forNs: 1e9, side: "both" };
/** Its measure phase begins at 5 s. */
const PLAN = { ...SAMPLE_PLAN, faults: [CUT, REFUSE] };

const mark = (edge: FaultMark["edge"], sent: number, delivered: number, unsettled: number): FaultMark => ({
  type: "mark",
  fault: 0,
  edge,
  sent,
  delivered,
  unsettled,
});

describe("the log of faults", () => {
  it("says of a crash what was in flight by the journal, and until when there was nobody", () => {
    const crash: FaultPlan = {
      kind: "crash",
      atNs: 1e9,
      forNs: 0.5e9,
      side: "consumer",
      point: "after-process",
      keepsJournal: false,
    };
    const log = createFaultLog({ ...PLAN, faults: [crash, { ...crash, atNs: 3e9 }] });
    log.mark("produce", mark("start", 100, 0, 50));
    log.began(0, 6.1e9, { deeds: { killed: 1 }, inFlight: 3 });
    log.ended(0, 7e9, { killed: 1 });
    log.began(1, 8.1e9, { deeds: { killed: 1 }, inFlight: 0 });
    expect(log.results()).toMatchObject([
      { point: "after-process", startNs: 6.1e9, endNs: 7e9, bit: true, evidence: { killed: 1, inFlight: 3 } },
      { point: "after-process", startNs: 8.1e9, endNs: null, bit: false, evidence: { inFlight: 0 } },
    ]);
  });

  it("has the node that was meant, what was done to it, and that another one led", () => {
    const kill: FaultPlan = { kind: "kill", atNs: 1e9, forNs: 2e9, side: "both", node: "leader" };
    const log = createFaultLog({ ...PLAN, faults: [kill, { ...kill, atNs: 20e9 }] });
    const events: RunEvent[] = [];
    log.listen((event) => events.push(event));
    for (const m of [mark("start", 100, 0, 5), mark("end", 120, 0, 9)]) log.mark("produce", m);
    log.began(0, 6.1e9, { detail: "node-2 is killed", deeds: { killed: 1 }, node: "node-2" });
    log.ended(0, 15e9, { killed: 1, moved: 1 }, "node-2 serves again");
    // Nothing was in flight, so nobody missed it.
    log.began(1, 25e9, { detail: "node-1 is killed", deeds: { killed: 1 }, node: "node-1" });
    expect(log.results()).toMatchObject([
      {
        node: "node-2",
        bit: true,
        endNs: 15e9,
        evidence: { killed: 1, moved: 1, messages: 20, inFlight: 5 },
      },
      { node: "node-1", bit: false, endNs: null },
    ]);
    expect(events.map((e) => e.detail)).toEqual([
      "begins: node-2 is killed",
      "ends: node-2 serves again",
      "begins: node-1 is killed",
    ]);
  });

  it("has each with its planned and its measured times, and what flowed meanwhile", () => {
    const log = createFaultLog(PLAN);
    const events: RunEvent[] = [];
    log.listen((event) => events.push(event));
    log.began(0, 7.01e9);
    for (const m of [mark("start", 100, 0, 5), mark("middle", 110, 0, 15), mark("end", 120, 0, 2)])
      log.mark("produce", m);
    for (const m of [mark("start", 0, 90, 0), mark("end", 0, 93, 0)]) log.mark("consume", m);
    log.ended(0, 8.02e9, { connections: 2, refused: 1 });
    expect(log.results()).toEqual([
      {
        kind: "cut",
        side: "producer",
        plannedAtNs: 7e9,
        startNs: 7.01e9,
        endNs: 8.02e9,
        bit: true,
        evidence: { connections: 2, refused: 1, messages: 23, inFlight: 15 },
      },
      {
        kind: "refuse",
        side: "both",
        plannedAtNs: 9e9,
        startNs: null,
        endNs: null,
        bit: false,
        evidence: { messages: 0, inFlight: 0 },
      },
    ]);
    expect(events).toEqual([
      { atNs: 7.01e9, source: "fault", kind: "cut", detail: "begins: producer connections" },
      { atNs: 8.02e9, source: "fault", kind: "cut", detail: "ends: producer connections" },
    ]);
  });

  it.each([
    ["nothing was done", { connections: 0 }, [mark("start", 1, 0, 5), mark("end", 9, 0, 5)], false],
    ["nothing flowed", { connections: 3 }, [mark("start", 9, 9, 0), mark("end", 9, 9, 0)], false],
    ["one message was in flight", { connections: 3 }, [mark("start", 9, 9, 1), mark("end", 9, 9, 1)], true],
    ["one message was sent", { connections: 3 }, [mark("start", 9, 9, 0), mark("end", 10, 9, 0)], true],
    ["no agent could say", { connections: 3 }, [], false],
  ])("says whether it bit when %s", (_, deeds, marks, want) => {
    const log = createFaultLog(PLAN);
    log.began(0, 7e9);
    for (const m of marks) log.mark("produce", m);
    log.ended(0, 8e9, deeds);
    expect(log.results()[0]!.bit).toBe(want);
  });
});

describe("a client that is cut off", () => {
  it("has lost its broker after three seconds, but not while a fault keeps them apart", () => {
    const links = createLostLinks();
    links.event("produce", { source: "producer 0", kind: "disconnected", detail: "ECONNRESET", atNs: 1e9 });

    expect(links.check(4.1e9)).toContain("producer 0 has been disconnected for 3 s");
    expect(links.check(4.1e9, 6e9)).toBeUndefined();
    expect(links.check(8.9e9, 6e9)).toBeUndefined();
    // A node that is not back yet.
    expect(links.check(99e9, Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(links.check(9.1e9, 6e9)).toContain("producer 0");
  });
});
