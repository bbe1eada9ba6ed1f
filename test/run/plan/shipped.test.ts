import { describe, expect, it } from "vitest";
import { loadDriver, resolveTarget } from "../../../src/drivers/registry.ts";
import { targetText } from "../../../src/model/target.ts";
import { type PlanRequest, resolvePlans } from "../../../src/run/plan/resolve.ts";
import { readProfile, readProfileSchema, shippedProfiles } from "../../../src/store/profiles.ts";
import { parseThreshold } from "../../../src/verify/thresholds.ts";

/** A driver is made, never connected: any address will do. */
const URLS: Readonly<Record<string, string>> = { kafka: "127.0.0.1:9092", rabbitmq: "amqp://127.0.0.1" };

function resolveShipped(profile: string, flags: PlanRequest["flags"] = {}) {
  return resolvePlans({
    profile,
    flags,
    env: {},
    schema: readProfileSchema(),
    read: readProfile,
    envelope: { plain: 44, keyed: 48 },
    metricOf: (text) => parseThreshold(text, "profile").metric.name,
    resolveTarget,
    capabilitiesOf: async (target, options) => {
      const create = await loadDriver(target);
      return create({ url: URLS[target.system] ?? "", mode: target.mode, options }).capabilities;
    },
  });
}

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
      const { runs, problems } = await resolveShipped(name);
      expect(problems).toEqual([]);
      expect(runs.length).toBeGreaterThanOrEqual(2);
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

  it("quick sends for less than 45 s in all, so that it ends within a minute or so", async () => {
    const { runs } = await resolveShipped("quick");
    expect(runs.map((r) => targetText(r.plan.target))).toEqual([
      "kafka:log@kafkajs",
      "rabbitmq:quorum@amqplib",
      "rabbitmq:classic@amqplib",
    ]);
    const sendingNs = runs.reduce((ns, { plan }) => ns + plan.phases.warmupNs + plan.phases.measureNs, 0);
    expect(sendingNs).toBeLessThanOrEqual(45e9);
  });

  it("order-events is the shop's: 10 partitions by order id, three groups", async () => {
    const { runs } = await resolveShipped("order-events");
    expect(runs[0]!.plan.stream).toEqual({ partitions: 10, subscriptions: 3 });
    expect(runs[0]!.plan.message.keys).toEqual({ kind: "uniform", count: 10_000 });
  });

  it("work-queue runs on Kafka as its comment says, and not otherwise", async () => {
    const flags = { on: ["kafka"], partitions: "4" };
    expect((await resolveShipped("work-queue", flags)).problems.map((p) => p.path)).toEqual(["consumers.sharing"]);
    const { problems } = await resolveShipped("work-queue", { ...flags, set: ["consumers.sharing=exclusive"] });
    expect(problems).toEqual([]);
  });

  it("throughput runs on the memory broker as its notes say", async () => {
    const { problems } = await resolveShipped("throughput", { on: ["memory"], durability: "memory" });
    expect(problems).toEqual([]);
  });
});
