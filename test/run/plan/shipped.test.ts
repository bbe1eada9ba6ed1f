import { describe, expect, it } from "vitest";
import { targetText } from "../../../src/model/target.ts";
import type { PlanFlags } from "../../../src/run/plan/flags.ts";
import { preparePlans } from "../../../src/run/prepare.ts";
import { readProfile, shippedProfiles } from "../../../src/store/profiles.ts";

/** As the command does it, with the real drivers' capabilities; throws where there is a problem. */
const prepare = (profile: string, flags: PlanFlags = {}) => preparePlans({ profile, flags, env: {} });

describe("the shipped profiles", () => {
  it("begin with the default", () => {
    expect(shippedProfiles()[0]).toBe("quick");
    expect(shippedProfiles()).toEqual(
      expect.arrayContaining([
        "throughput",
        "latency",
        "fan-out",
        "work-queue",
        "large-messages",
        "burst",
        "backlog-drain",
        "order-events",
      ]),
    );
  });

  describe.each(shippedProfiles())("%s", (name) => {
    it("resolves for all its targets, which can do all of it", async () => {
      const { runs } = await prepare(name);
      // A trap, or what only one client does, may be one system's own.
      expect(runs.length).toBeGreaterThanOrEqual(/^(trap|ordering)-/.test(name) ? 1 : 2);
    });

    it("has what a newcomer needs: a summary, notes, comments and the schema's place", () => {
      const { text } = readProfile(name);
      expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/schemas\/profile-v1\.json$/m);
      expect(text).toMatch(/^summary: .{10,70}$/m);
      expect(text).toMatch(/^notes: \|$/m);
      expect(text.match(/^#|\s#\s/gm)!.length).toBeGreaterThanOrEqual(5);
      expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
    });
  });

  it("expect of random arrivals only what chance does not break", async () => {
    for (const name of shippedProfiles())
      for (const { plan } of (await prepare(name)).runs) {
        if (plan.load.loop !== "open" || plan.load.schedule.kind !== "poisson") continue;
        const threshold = plan.expect.find((text) => text.startsWith("rate.achieved"))!;
        const slack = 1 - Number(/([\d.]+)%$/.exec(threshold)![1]) / 100;
        // The number of arrivals of a Poisson process has the standard deviation √n; five are never seen.
        const arrivals = (plan.load.schedule.ratePerS * plan.phases.measureNs) / 1e9;
        expect(slack, name).toBeGreaterThan(5 / Math.sqrt(arrivals));
      }
  });

  it("quick sends for less than 45 s in all, so that it ends within a minute or so", async () => {
    const { runs } = await prepare("quick");
    expect(runs.map((r) => targetText(r.plan.target))).toEqual([
      "kafka:log@wire",
      "rabbitmq:quorum@amqplib",
      "rabbitmq:classic@amqplib",
    ]);
    const sendingNs = runs.reduce((ns, { plan }) => ns + plan.phases.warmupNs + plan.phases.measureNs, 0);
    expect(sendingNs).toBeLessThanOrEqual(45e9);
  });

  it("order-events is the shop's: 10 partitions by order id, three groups", async () => {
    const { runs } = await prepare("order-events");
    expect(runs[0]!.plan.stream).toEqual({ partitions: 10, subscriptions: 3 });
    expect(runs[0]!.plan.message.keys).toEqual({ kind: "uniform", count: 10_000 });
  });

  it("work-queue runs on Kafka as its comment says, and not otherwise", async () => {
    const flags = { on: ["kafka"], partitions: "4" };
    await expect(prepare("work-queue", flags)).rejects.toThrow(
      "kafka:log@wire cannot share a subscription by consumers.sharing: compete",
    );
    await prepare("work-queue", { ...flags, set: ["consumers.sharing=exclusive"] });
  });

  it("throughput runs on the memory broker as its notes say", async () => {
    const { runs } = await prepare("throughput", { on: ["memory"], durability: "memory" });
    expect(runs).toHaveLength(1);
  });
});
