import { describe, expect, it } from "vitest";
import { plansJson, renderPlans } from "../../../src/run/plan/render.ts";
import { resolveGiven } from "./support.ts";

const files = {
  "shop.yaml":
    "targets: [kafka, rabbitmq]\nload:\n  rate: 2k/s\nexpect: [lost == 0]\noptions: {rabbitmq: {noDelay: true}}",
};

describe("a dry run", () => {
  it("shows the runs in their order, then each value with where it came from", async () => {
    const text = renderPlans(
      await resolveGiven({ files, flags: { size: "100B,1KiB" }, env: { MQBENCH_SEED: "7" } }),
    );
    expect(text).toMatchInlineSnapshot(`
      "4 runs of profile shop

      1  kafka:log@wire           message.size=100B
      2  rabbitmq:quorum@amqplib  message.size=100B
      3  kafka:log@wire           message.size=1KiB
      4  rabbitmq:quorum@amqplib  message.size=1KiB

      seed                        7                 MQBENCH_SEED
      stream.partitions           1                 default
      stream.subscriptions        1                 default
      load.rate                   2k/s              shop.yaml:3:9
      load.loop                   open              default
      load.schedule               uniform           default
      load.maxBacklog             10s               default
      message.size                100B              --size
      message.size                1KiB              --size
      message.keys                none              default
      message.compressible        0                 default
      producers.count             1                 default
      producers.maxInFlight       1000              default
      producers.linger            0s                default
      producers.batch             128KiB            default
      producers.publishTimeout    30s               default
      producers.idempotent        false             default
      consumers.count             1                 default
      consumers.sharing           exclusive (auto)  default
      consumers.prefetch          1000              default
      consumers.acknowledge       after             default
      consumers.acknowledgeEvery  1                 default
      consumers.work              0s                default
      consumers.start             with-producers    default
      durability                  disk              default
      phases.warmup               5s                default
      phases.measure              20s               default
      phases.messages             0                 default
      phases.drain                30s               default
      agents.produce              1                 default
      agents.consume              1                 default
      options.rabbitmq.noDelay    true              shop.yaml:5:31
      expect  lost == 0"
    `);
  });

  it("shows what another schedule or loop needs only where it counts", async () => {
    const closed = renderPlans(await resolveGiven({ flags: { set: ["load.loop=closed"] } }));
    expect(closed).not.toContain("load.rate");
    expect(renderPlans(await resolveGiven({}))).toContain("load.rate");
  });

  it("numbers repeats and shows the seed of each", async () => {
    const text = renderPlans(await resolveGiven({ flags: { repeat: 2 } }));
    expect(text).toContain("2  kafka:log@wire  repeat 2");
    expect(text).toMatch(/^seed +1 +default\nseed +2 +default$/m);
  });

  it("is also data", async () => {
    const data = plansJson(await resolveGiven({ files, flags: { rate: "3k/s" } })) as {
      varied: string[];
      runs: { plan: { load: unknown }; origins: Record<string, string> }[];
    };
    expect(data.varied).toEqual(["target"]);
    expect(data.runs).toHaveLength(2);
    expect(data.runs[1]!.plan.load).toMatchObject({ schedule: { ratePerS: 3000 } });
    expect(data.runs[1]!.origins).toMatchObject({
      "load.rate": "--rate",
      "options.rabbitmq.noDelay": "shop.yaml:5:31",
      durability: "default",
    });
  });
});
