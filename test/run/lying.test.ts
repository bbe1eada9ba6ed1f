import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import type { RunResult } from "../../src/model/result.ts";
import { parseCount } from "../../src/model/units.ts";
import { sharedBroker } from "../support/brokers.ts";
import { LATE_BY, LIES, type Tale } from "../support/liar.ts";
import { messageFindings, runOnce, temporaryFolder } from "../support/run.ts";

/**
 * Most messages of a run. At full speed each kind of lie is told twice or more, so that 1 in 10^6 takes
 * `MQBENCH_TEST_MESSAGES=15M` and a minute or two; CI's minutes are shared.
 */
const MOST = parseCount(process.env.MQBENCH_TEST_MESSAGES ?? "200k", "MQBENCH_TEST_MESSAGES");
const messagesFor = (oneIn: number): number => Math.max(20_000, (2 * LIES.length + 1) * oneIn);
const ONE_IN = [10, 1000, 10_000, 100_000, 1_000_000].filter((n) => messagesFor(n) <= MOST);

/** A closed loop, as fast as it goes, through the lying driver. */
async function lying(options: string, messages: number, set: string[] = [], urls?: Map<string, string>) {
  const out = temporaryFolder();
  const r = await runOnce({
    profile: "throughput",
    driver: "test/drivers/lying.ts",
    ...(urls ? { urls } : {}),
    out,
    flags: {
      on: ["rabbitmq:classic@lying"],
      durability: "memory",
      warmup: "0s",
      duration: "300s",
      messages: String(messages),
      set: [...set, `options.rabbitmq={tale: ${out}, ${options}}`],
    },
  });
  const tales = r.subscriptions.map(
    ({ name }) => JSON.parse(readFileSync(join(out, `${name}.json`), "utf8")) as Tale,
  );
  return { r, tales };
}

/** All of the lies are in the result, and nothing else is. */
function expectFound(r: RunResult, tales: readonly Tale[]): void {
  expect(r.counts.acked).toBe(r.counts.offered);
  // Consumers that compete see only some of the sequences, so that overtaking five means passing more.
  const leap = (n: number, seen: number): unknown =>
    r.plan.consumers.perSubscription === 1 ? n : n === 0 ? 0 : Math.max(n, seen);
  for (const [i, s] of r.subscriptions.entries()) {
    const told = tales[i]!;
    // What was damaged did not arrive: it is lost too.
    const lost = told.drop + told.flip;
    const unique = r.counts.offered - lost;
    expect(s).toEqual({
      name: s.name,
      delivered: unique + told.copy + told.echo + told.foreign + told.flip,
      unique,
      lost,
      copied: told.copy + told.echo,
      corrupt: told.flip,
      foreign: told.foreign,
      reordered: told.swap + told.late,
      maxDisplacement: leap(told.late > 0 ? LATE_BY : told.swap > 0 ? 1 : 0, s.maxDisplacement),
      redelivered: 0,
      missing: 0,
      undelivered: 0,
      recovered: 0,
      phantom: 0,
      unexpected: 0,
      reorderedByRedelivery: 0,
      closes: true,
    });
  }
  const want = tales.flatMap((t) =>
    Object.entries({
      LOST: t.drop + t.flip,
      COPIED: t.copy + t.echo,
      CORRUPT: t.flip,
      FOREIGN: t.foreign,
      REORDERED: t.swap + t.late,
    }).filter(([, count]) => count > 0),
  );
  expect(messageFindings(r)).toEqual(want.sort());
  expect(r.exit.code).toBe(want.length > 0 ? 1 : 0);
}

describe("a driver that lies at full speed", () => {
  // At once: most of their time they wait to be sure that nothing more comes.
  it.concurrent.each(ONE_IN)(
    "about 1 in %i messages, in every way in turn: all of it is found, and nothing else",
    async (n) => {
      const { r, tales } = await lying(`lie: all, every: ${n}, under: memory`, messagesFor(n));
      expect(r.counts.offered).toBe(messagesFor(n));
      for (const kind of LIES) expect(tales[0]![kind]).toBeGreaterThanOrEqual(2);
      expectFound(r, tales);
    },
    600_000,
  );

  it.concurrent.each(LIES)(
    "in one way only, once, by %s",
    async (kind) => {
      const { r, tales } = await lying(`lie: ${kind}, at: [54321], under: memory`, 100_000);
      expect(tales[0]![kind]).toBe(1);
      expectFound(r, tales);
    },
    180_000,
  );
});

describe("a driver that lies on a real RabbitMQ, with 2 subscriptions × 2 consumers in separate agents", () => {
  let broker: BrokerLease;
  beforeAll(async () => {
    broker = await sharedBroker("rabbitmq");
  });

  const real = (options: string) =>
    lying(
      // Consumers live in other processes: only the management API can tell that a queue is empty.
      `${options}, managementUrl: "${broker.managementUrl}"`,
      20_000,
      [
        "stream.subscriptions=2",
        "consumers.count=2",
        "consumers.sharing=compete",
        "consumers.acknowledgeEvery=10",
        "agents.consume=2",
      ],
      new Map([["rabbitmq", broker.url]]),
    );

  it.concurrent.each([10, 500])(
    "about 1 in %i: all of it is found, and nothing else",
    async (n) => {
      const { r, tales } = await real(`lie: all, every: ${n}`);
      expect(tales).toHaveLength(2);
      for (const kind of LIES) for (const tale of tales) expect(tale[kind]).toBeGreaterThan(0);
      expectFound(r, tales);
    },
    180_000,
  );

  it.concurrent("finds nothing when it tells the truth (control)", async () => {
    const { r, tales } = await real("lie: drop, at: []");
    expectFound(r, tales);
    expect(r.exit.code).toBe(0);
  }, 180_000);
});
