import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dealSeats } from "../../src/run/seats.ts";
import { SAMPLE_PLAN } from "../fixtures/run.ts";

const upTo = (most: number) => fc.integer({ min: 1, max: most });

describe("seats in agents", () => {
  it("are dealt so that everybody has one, nobody two, and no agent is empty", () => {
    fc.assert(
      fc.property(
        upTo(4),
        upTo(4),
        upTo(8),
        fc.nat(),
        fc.nat(),
        (subscriptions, perSubscription, count, a, b) => {
          const readers = subscriptions * perSubscription;
          const agents = { produce: 1 + (a % count), consume: 1 + (b % readers) };
          const seats = dealSeats(
            {
              ...SAMPLE_PLAN,
              agents,
              stream: { partitions: 1, subscriptions },
              producers: { ...SAMPLE_PLAN.producers, count },
              consumers: { ...SAMPLE_PLAN.consumers, perSubscription },
            },
            false,
          );
          expect(seats).toHaveLength(agents.produce + agents.consume);
          for (const seat of seats) expect(seat.producers.length + seat.consumers.length).toBeGreaterThan(0);
          expect(seats.flatMap((s) => s.producers).sort()).toEqual(
            Array.from({ length: count }, (_, i) => i),
          );
          const consumers = seats.flatMap((s) => s.consumers.map((c) => `${c.subscription}/${c.index}`));
          expect(new Set(consumers).size).toBe(readers);
          expect(consumers).toHaveLength(readers);
          expect(new Set(seats.map((s) => s.name)).size).toBe(seats.length);
        },
      ),
    );
  });

  it("set the consumers of one subscription apart", () => {
    const seats = dealSeats({ ...SAMPLE_PLAN, agents: { produce: 1, consume: 2 } }, false);
    const own = seats.map((s) => s.consumers.filter((c) => c.subscription === 0).length);
    expect(own).toEqual([1, 1, 0]);
  });
});
