import { describe, expect, it } from "vitest";
import type { FaultResult } from "../../src/model/fault.ts";
import type { FaultCost } from "../../src/model/fault-cost.ts";
import type { RunEvent } from "../../src/model/result.ts";
import { faultCosts } from "../../src/verify/fault-cost.ts";
import { faultSeries } from "../../src/verify/fault-series.ts";
import { FlowSum } from "../../src/verify/flow-sum.ts";

const MS = 1e6;
const BUCKET = 10 * MS;

interface Series {
  /** Messages are due each ms until then. */
  readonly dueMs?: number;
  /** When the message that was due then is acknowledged and seen; undefined: never. */
  readonly ackMs?: (dueMs: number) => number | undefined;
  readonly seenMs?: (dueMs: number) => number | undefined;
  /** Milliseconds of redeliveries, and of messages that failed. */
  readonly again?: readonly number[];
  readonly failed?: readonly number[];
  readonly faults: readonly FaultResult[];
  readonly events?: readonly RunEvent[];
  readonly gone?: number;
}

function costs(s: Series): readonly (FaultCost | null)[] {
  const { dueMs = 5000, ackMs = (ms) => ms + 2, seenMs = ackMs } = s;
  const flow = new FlowSum(BUCKET);
  const add = (kind: "sent" | "acked" | "seen" | "again" | "failed", ms: number, worstMs = 0): void =>
    flow.add(
      [
        {
          kind,
          bucket: Math.floor(ms / 10),
          count: 1,
          firstNs: ms * MS,
          lastNs: ms * MS,
          worstNs: worstMs * MS,
        },
      ],
      0,
    );
  for (let due = 0; due < dueMs; due++) {
    add("sent", due);
    const ack = ackMs(due);
    if (ack !== undefined) add("acked", ack, ack - due);
    const seen = seenMs(due);
    if (seen !== undefined) add("seen", seen, seen - due);
  }
  for (const ms of s.again ?? []) add("again", ms);
  for (const ms of s.failed ?? []) add("failed", ms);
  return faultCosts({
    faults: s.faults,
    flow,
    events: s.events ?? [],
    subscriptions: 1,
    fromNs: 500 * MS,
    overNs: dueMs * MS,
    gone: s.gone ?? 0,
  });
}

function fault(atMs: number, forMs: number | null, change: Partial<FaultResult> = {}): FaultResult {
  return {
    kind: "stall",
    side: "both",
    plannedAtNs: atMs * MS,
    startNs: atMs * MS,
    endNs: forMs === null ? null : (atMs + forMs) * MS,
    bit: true,
    evidence: { messages: 1, inFlight: 1 },
    ...change,
  };
}

/** What falls due in a stall comes 2 ms after it, all at once. */
const stalled = (ms: number): number => (ms >= 2998 && ms < 3500 ? 3502 : ms + 2);

describe("what a fault costs", () => {
  it("that stops both sides for 500 ms: just that", () => {
    const [cost] = costs({ ackMs: stalled, faults: [fault(3000, 500)] });
    expect(cost).toEqual({
      detectNs: null,
      publish: { stretchNs: 503 * MS, normalNs: MS, withoutNs: 502 * MS, worstNs: 504 * MS, slowed: 510 },
      consume: { stretchNs: 503 * MS, normalNs: MS, withoutNs: 502 * MS, worstNs: 504 * MS, slowed: 510 },
      repeats: 0,
      recoveryNs: 10 * MS,
      ackToVisibleNs: 0,
    });
  });

  it("that stops the consumer only: publishing goes on, and what was acknowledged waits", () => {
    const [cost] = costs({ ackMs: (ms) => ms + 2, seenMs: stalled, faults: [fault(3000, 500)] });
    expect(cost!.publish).toMatchObject({ stretchNs: MS, withoutNs: 0, worstNs: 2 * MS, slowed: 0 });
    expect(cost!.consume).toMatchObject({ withoutNs: 502 * MS, worstNs: 504 * MS });
    // Acknowledged at 3000, seen at 3502.
    expect(cost!.ackToVisibleNs).toBe(502 * MS);
  });

  it("that delays everything by 30 ms: no time without service (control)", () => {
    const [cost] = costs({
      ackMs: (ms) => ms + (ms >= 3000 && ms < 3500 ? 32 : 2),
      faults: [fault(3000, 500, { kind: "delay" })],
    });
    expect(cost!.consume).toMatchObject({ stretchNs: 31 * MS, withoutNs: 0, worstNs: 32 * MS });
    expect(cost!.publish!.withoutNs).toBe(0);
    expect(cost!.recoveryNs).toBe(40 * MS);
  });

  it("that did not bite: nothing, whatever was slow meanwhile (control)", () => {
    expect(costs({ ackMs: stalled, faults: [fault(3000, 500, { bit: false })] })).toEqual([null]);
    expect(costs({ ackMs: stalled, faults: [fault(3000, 500, { startNs: null, endNs: null })] })).toEqual([
      null,
    ]);
    expect(costs({ ackMs: stalled, faults: [] })).toEqual([]);
  });

  it("that bit and disturbed nothing: none of it (control)", () => {
    const [cost] = costs({ faults: [fault(3000, 500)] });
    expect(cost).toMatchObject({
      publish: { withoutNs: 0, slowed: 0, worstNs: 2 * MS },
      consume: { withoutNs: 0, slowed: 0 },
      detectNs: null,
      repeats: 0,
      ackToVisibleNs: 0,
    });
    expect(cost!.recoveryNs).toBeLessThan(10 * MS);
  });

  it("at the end of the run: no recovery, and why", () => {
    const late = (ms: number): number => (ms >= 4600 ? 5102 : ms + 2);
    const [cost] = costs({ ackMs: late, faults: [fault(4600, 400)] });
    expect(cost).toMatchObject({ recoveryNs: null, notRecovered: "run-over" });
    expect(cost!.consume!.withoutNs).toBeGreaterThan(490 * MS);
  });

  it("with no end: it lasts until the run is over", () => {
    const [cost] = costs({
      ackMs: (ms) => (ms >= 4000 ? undefined : ms + 2),
      faults: [fault(4000, null)],
      gone: 0,
    });
    expect(cost).toMatchObject({ recoveryNs: null, notRecovered: "run-over" });
    expect(cost!.publish!.stretchNs).toBe(999 * MS);
  });

  it("with the next fault on its heels: no recovery, and each has its own", () => {
    const both = (ms: number): number => (ms >= 3000 && ms < 3600 ? 3602 : ms + 2);
    const [first, second] = costs({ ackMs: both, faults: [fault(3000, 300), fault(3300, 300)] });
    expect(first).toMatchObject({ recoveryNs: null, notRecovered: "next-fault" });
    expect(second!.notRecovered).toBeUndefined();
    expect(first!.consume!.worstNs, "nothing came before the second").toBeLessThanOrEqual(2 * MS);
    expect(second!.consume!.worstNs).toBe(602 * MS);
  });

  it("with nothing before it to compare with: no recovery, and why", () => {
    const [cost] = costs({ ackMs: (ms) => Math.max(1500, ms) + 2, faults: [fault(600, 500)] });
    expect(cost).toMatchObject({ recoveryNs: null, notRecovered: "nothing-before" });
    expect(cost!.consume).toMatchObject({ normalNs: null, withoutNs: 902 * MS });
  });

  it("a backlog that takes its time: until it is gone, and no message is late any more", () => {
    // From 3500 on the consumer takes two messages a ms, until at 4500 it has caught up.
    const drained = (ms: number): number =>
      ms < 3000 ? ms + 2 : ms < 4500 ? Math.max(ms + 2, 3500 + (ms - 3000) * (1000 / 1500)) : ms + 2;
    const [cost] = costs({ ackMs: (ms) => ms + 2, seenMs: drained, faults: [fault(3000, 500)] });
    expect(cost!.recoveryNs! / MS).toBeGreaterThan(985);
    expect(cost!.recoveryNs! / MS).toBeLessThan(1010);
  });

  it("messages that never come keep nobody from recovery, and leave open how long the others waited", () => {
    const lost = (ms: number): number | undefined => (ms >= 3000 && ms < 3200 ? undefined : ms + 2);
    const [cost] = costs({ ackMs: (ms) => ms + 2, seenMs: lost, faults: [fault(3000, 200)], gone: 200 });
    expect(cost!.recoveryNs! / MS).toBeLessThan(15);
    expect(cost!.ackToVisibleNs).toBeNull();
    expect(cost!.consume!.withoutNs).toBe(200 * MS);
  });

  it("after which no acknowledgement comes any more: no recovery, though all is seen in time", () => {
    const [cost] = costs({
      ackMs: (ms) => (ms >= 3000 ? undefined : ms + 2),
      seenMs: (ms) => ms + 2,
      faults: [fault(3000, 200)],
    });
    expect(cost).toMatchObject({ recoveryNs: null, notRecovered: "run-over", consume: { withoutNs: 0 } });
    expect(cost!.publish!.stretchNs / MS).toBe(1999);
  });

  it("without acknowledgements: only what the consumer saw", () => {
    const [cost] = costs({ ackMs: () => undefined, seenMs: stalled, faults: [fault(3000, 500)] });
    expect(cost).toMatchObject({ publish: null, ackToVisibleNs: null, consume: { withoutNs: 502 * MS } });
  });

  it("what came again in its shadow, not before and not after", () => {
    const [cost] = costs({
      ackMs: stalled,
      faults: [fault(3000, 500)],
      again: [2000, 3505, 3506, 3507, 4500],
    });
    expect(cost!.repeats).toBe(3);
  });
});

describe("who noticed a fault, and when", () => {
  const event = (ms: number, kind: string, source = "producer 0"): RunEvent => ({
    atNs: ms * MS,
    source,
    kind,
    detail: "",
  });
  const noticed = (events: readonly RunEvent[], failed: readonly number[] = []) => {
    const [cost] = costs({ ackMs: stalled, faults: [fault(3000, 500)], events, failed });
    return [cost!.detectNs === null ? null : cost!.detectNs / MS, cost!.detectedBy];
  };

  it.each([
    [
      "an event of a driver",
      [event(3040, "disconnected"), event(3050, "disconnected")],
      [],
      [40, "producer 0 disconnected"],
    ],
    [
      "a message that failed",
      [event(3300, "rebalanced")],
      [3200],
      [200, "a message failed, or its outcome is unknown"],
    ],
    ["nobody: only good news", [event(3040, "reconnected"), event(3050, "connected")], [], [null, undefined]],
    [
      "nobody: it was before, or long after",
      [event(2900, "disconnected"), event(4800, "throttled")],
      [2000],
      [null, undefined],
    ],
    ["nobody: the injector itself knows", [event(3000, "stall", "fault")], [], [null, undefined]],
  ] as const)("%s", (_, events, failed, want) => {
    expect(noticed(events, failed)).toEqual(want);
  });
});

describe("the measure phase around its faults", () => {
  it("has at most 600 intervals, and nothing is counted twice", () => {
    const flow = new FlowSum(BUCKET);
    for (let i = 0; i < 2000; i++)
      flow.add([{ kind: "seen", bucket: i, count: 3, firstNs: 0, lastNs: 0, worstNs: i }], 0);
    const s = faultSeries(flow, 1000 * MS, 20_000 * MS);
    expect(s.seen.length).toBeLessThanOrEqual(600);
    expect(s.intervalNs % BUCKET).toBe(0);
    expect(s.seen.reduce((a, b) => a + b, 0)).toBe(3 * 1900);
    expect(s.e2eMax.at(-1)).toBe(1999);
    expect(s.acked.every((n) => n === 0)).toBe(true);
  });

  it("has no latency where nothing came", () => {
    const s = faultSeries(new FlowSum(BUCKET), 0, 50 * MS);
    expect(s).toMatchObject({ seen: [0, 0, 0, 0, 0], e2eMax: [null, null, null, null, null] });
  });
});
