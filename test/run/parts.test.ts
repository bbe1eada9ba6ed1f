import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/model/plan.ts";
import { createLostLinks } from "../../src/run/lost-links.ts";
import { phasesOf } from "../../src/run/phases.ts";
import { dealSeats } from "../../src/run/seats.ts";

const plan = (o: {
  producers: number;
  subscriptions: number;
  consumers: number;
  produce: number;
  consume: number;
}) =>
  ({
    producers: { count: o.producers },
    stream: { subscriptions: o.subscriptions },
    consumers: { perSubscription: o.consumers },
    agents: { produce: o.produce, consume: o.consume },
    phases: { warmupNs: 2e9, measureNs: 5e9 },
  }) as unknown as Plan;

describe("dealSeats", () => {
  it("seats everyone exactly once, and apart consumers of one subscription", () => {
    const seats = dealSeats(
      plan({ producers: 3, subscriptions: 2, consumers: 2, produce: 2, consume: 2 }),
      false,
    );
    expect(seats.map((s) => s.name)).toEqual(["consume-0", "consume-1", "produce-0", "produce-1"]);
    expect(seats.flatMap((s) => s.producers).sort()).toEqual([0, 1, 2]);
    expect(seats.flatMap((s) => s.consumers)).toHaveLength(4);
    for (const seat of seats.slice(0, 2))
      expect(seat.consumers.map((c) => c.subscription).sort()).toEqual([0, 1]);
  });

  it("puts both sides into one agent where the broker lives in it", () => {
    const seats = dealSeats(
      plan({ producers: 2, subscriptions: 1, consumers: 1, produce: 1, consume: 1 }),
      true,
    );
    expect(seats).toHaveLength(1);
    expect(seats[0]).toMatchObject({ producers: [0, 1], consumers: [{ subscription: 0, index: 0 }] });
  });
});

describe("phasesOf", () => {
  const of = (producedNs: number) =>
    phasesOf(
      plan({ producers: 1, subscriptions: 1, consumers: 1, produce: 1, consume: 1 }),
      producedNs,
      9e9,
    ).map((p) => [p.name, p.startNs / 1e9, p.endNs / 1e9]);

  it.each([
    [
      "as planned",
      7e9,
      [
        ["warmup", 0, 2],
        ["measure", 2, 7],
        ["drain", 7, 9],
      ],
    ],
    [
      "sent late",
      8e9,
      [
        ["warmup", 0, 2],
        ["measure", 2, 7],
        ["drain", 7, 9],
      ],
    ],
    [
      "ended in the measure phase",
      4e9,
      [
        ["warmup", 0, 2],
        ["measure", 2, 4],
        ["drain", 4, 9],
      ],
    ],
    [
      "ended in the warm-up",
      1e9,
      [
        ["warmup", 0, 1],
        ["measure", 1, 1],
        ["drain", 1, 9],
      ],
    ],
  ])("%s", (_, producedNs, want) => {
    expect(of(producedNs)).toEqual(want);
  });
});

describe("createLostLinks", () => {
  it("tells a client that stays away from one that comes back", () => {
    const links = createLostLinks();
    links.event("agent", { source: "producer 0", kind: "disconnected", detail: "refused", atNs: 1e9 });
    links.event("agent", { source: "producer 0", kind: "disconnected", detail: "refused again", atNs: 3e9 });
    links.event("agent", { source: "consumer 0", kind: "disconnected", detail: "reset", atNs: 1e9 });
    links.event("agent", { source: "consumer 0", kind: "reconnected", detail: "", atNs: 2e9 });
    expect(links.check(3.9e9)).toBeUndefined();
    expect(links.check(4.1e9)).toMatch(/producer 0 has been disconnected for 3 s: refused again/);
    links.event("agent", { source: "producer 0", kind: "reconnected", detail: "", atNs: 4.2e9 });
    expect(links.check(60e9)).toBeUndefined();
  });

  it("does not wait for a producer that has nothing more to send", () => {
    const links = createLostLinks();
    const lost = { kind: "disconnected", detail: "reset", atNs: 1e9 } as const;
    links.event("produce", { source: "producer 0", ...lost });
    links.produced("produce");
    links.event("produce", { source: "producer 0", ...lost });
    expect(links.check(9e9)).toBeUndefined();
    links.event("consume", { source: "consumer 0", ...lost });
    expect(links.check(9e9)).toContain("consumer 0");
  });

  it("forgives whom another node serves: messages flow, though the connection stays away", () => {
    const flow = (atNs: number, ackedInWindow: number, delivered = 0) =>
      ({ atNs, producers: [{ ackedInWindow }], subscriptions: [{ delivered }] }) as const;
    const links = createLostLinks();
    links.tick("produce", flow(1e9, 100));
    links.event("produce", { source: "producer 0", kind: "disconnected", detail: "reset", atNs: 1.5e9 });
    // Some of it may be from before.
    links.tick("produce", flow(2e9, 150));
    links.tick("consume", flow(3e9, 0, 80));
    links.tick("produce", flow(3e9, 150));
    expect(links.check(5e9)).toContain("producer 0");
    links.tick("produce", flow(4e9, 151));
    expect(links.check(5e9)).toBeUndefined();
  });
});
