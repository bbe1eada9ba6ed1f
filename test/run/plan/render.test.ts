import { describe, expect, it } from "vitest";
import { plansJson, renderPlans } from "../../../src/run/plan/render.ts";
import { resolveGiven } from "./support.ts";

const files = { "shop.yaml": "targets: [kafka, rabbitmq]\nload:\n  rate: 2k/s\nexpect: [lost == 0]\noptions: {rabbitmq: {noDelay: true}}" };

describe("a dry run", () => {
  it("shows the runs in their order, then each value with where it came from", async () => {
    const text = renderPlans(await resolveGiven({ files, flags: { size: "100B,1KiB" }, env: { MQBENCH_SEED: "7" } }));
    expect(text).toMatchInlineSnapshot();
  });

  it("shows what another schedule or loop needs only where it counts", async () => {
    const closed = renderPlans(await resolveGiven({ flags: { set: ["load.loop=closed"] } }));
    expect(closed).not.toContain("load.rate");
    expect(renderPlans(await resolveGiven({}))).toContain("load.rate");
  });

  it("numbers repeats and shows the seed of each", async () => {
    const text = renderPlans(await resolveGiven({ flags: { repeat: 2 } }));
    expect(text).toContain("2  kafka:log@kafkajs  repeat 2");
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
