import { expect, it } from "vitest";
import type { PlanFlags } from "../../../src/run/plan/flags.ts";
import { preparePlans } from "../../../src/run/prepare.ts";
import { rereadReason } from "../../../src/run/reread.ts";
import { SAMPLE_PLAN, sampleRun } from "../../fixtures/run.ts";

const prepare = (flags: PlanFlags) => preparePlans({ profile: "quick", flags, env: {} });

it.each<readonly [PlanFlags, string]>([
  [{ on: ["memory"], set: ["verify.reread=always"] }, "memory:queue@local cannot be read again"],
  [
    { on: ["rabbitmq"], set: ["verify.order=full", "consumers.deduplicate=true"] },
    "consumers that keep effects say nothing of the order in which they do",
  ],
  [
    { on: ["kafka"], set: ["verify.order=full"], fault: ["crash at=1s side=consumer point=before-process"] },
    "an agent that is killed takes along what it knew of the order of processing",
  ],
  [
    { on: ["kafka@kafkajs"], set: ["options.kafka.retries=1"] },
    "retries: 1 is not possible with this client",
  ],
  [{ on: ["kafka"], set: ["verify.order=total"] }, "verify.order"],
])("%j is refused before anything starts", async (flags, message) => {
  await expect(prepare(flags)).rejects.toThrow(message);
});

it("a plan has what it is asked to verify, and nothing where it is not asked", async () => {
  const of = async (flags: PlanFlags) => (await prepare({ on: ["kafka"], ...flags })).runs[0]!.plan;
  expect(await of({})).not.toHaveProperty("verify");
  expect((await of({ set: ["verify.order=full"] })).verify).toEqual({ reread: "auto", order: "full" });
  expect((await of({ set: ["options.kafka.retries=1"] })).driverOptions).toEqual({ retries: 1 });
});

it("the broker is read again when something was lost, copied or late, or when that is asked for", () => {
  const none = { ...sampleRun().counts, lost: 0, undelivered: 0, copied: 0, reordered: 0 };
  const reason = (
    counts: Partial<typeof none>,
    byRedelivery = 0,
    verify?: typeof SAMPLE_PLAN.verify,
    kind: "log" | "rest" = "log",
  ) =>
    rereadReason({ ...SAMPLE_PLAN, ...(verify && { verify }) }, { ...none, ...counts }, byRedelivery, kind);
  expect(reason({})).toBeUndefined();
  expect(reason({ redelivered: 5, missing: 5 })).toBeUndefined();
  for (const count of ["lost", "undelivered", "copied", "reordered"] as const)
    expect(reason({ [count]: 1 })).toBe(`some were ${count}`);
  expect(reason({}, 1)).toBe("some were reordered");
  expect(reason({}, 0, { reread: "always", order: "lane" })).toBe("asked for");
  expect(reason({}, 0, { reread: "auto", order: "full" })).toContain("was asked for");
  expect(reason({}, 0, { reread: "auto", order: "full" }, "rest")).toBeUndefined();
  expect(reason({ lost: 1 }, 0, { reread: "never", order: "full" })).toBeUndefined();
});
