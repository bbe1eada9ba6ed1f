import { expect, it } from "vitest";
import { preparePlans } from "../../../src/run/prepare.ts";
import { readProfileSchema } from "../../../src/store/profiles.ts";
import { literalsOf, readText } from "../../docs/markdown.ts";

const prepare = (
  on: string,
  flags: { readonly fault?: string[]; readonly set?: string[] },
  profile = "quick",
) => preparePlans({ profile, flags: { on: [on], ...flags }, env: {} });

it("an unbind lasts to the end of the measure phase, unless told", async () => {
  const { runs } = await prepare("rabbitmq", { fault: ["unbind at=4s"] });
  expect(runs[0]!.plan.faults).toEqual([{ kind: "unbind", atNs: 4e9, forNs: 6e9, side: "both" }]);
  const told = await prepare("rabbitmq", { fault: ["unbind at=4s for=1s"] });
  expect(told.runs[0]!.plan.faults[0]!.forNs).toBe(1e9);
});

it.each([
  [
    "kafka",
    { fault: ["unbind at=1s"] },
    /kafka:log@wire cannot unbind[\s\S]*raise-min-isr or add-partitions/,
  ],
  [
    "rabbitmq",
    { fault: ["add-partitions at=1s to=3"] },
    /cannot add-partitions[\s\S]*unbind or delete-queue/,
  ],
  ["memory", { fault: ["unbind at=1s"] }, /cannot unbind[\s\S]*cannot be changed while it is used/],
  [
    "rabbitmq",
    { fault: ["unbind at=10s"] },
    /ends 10s into a measure phase of 10s|ends .* into a measure phase/,
  ],
  ["rabbitmq", { fault: ["unbind at=1s", "cut at=2s for=1s"] }, /overlaps/],
  ["kafka", { fault: ["raise-min-isr at=1s"] }, /raise-min-isr needs to/],
  ["kafka", { fault: ["add-partitions at=1s to=0"] }, /to is zero/],
  ["kafka", { set: ["consumers.requeue=1%"] }, /no way to give a message back/],
  ["rabbitmq", { set: ["consumers.requeue=1%", "consumers.acknowledge=auto"] }, /cannot be given back/],
  ["rabbitmq", { set: ["predict.rabitmq.finding=LOST"] }, /rabitmq/],
  ["rabbitmq", { set: ["predict.rabbitmq.finding=LOTS"] }, /LOTS/],
])("%s with %j is told what is wrong before anything starts", async (on, flags, message) => {
  await expect(prepare(on, flags)).rejects.toMatchObject({
    message: expect.anything(),
  });
  const error = (await prepare(on, flags).catch((e: unknown) => e)) as { message: string; hints: string[] };
  expect([error.message, ...error.hints].join("\n")).toMatch(message);
});

it("a prediction is that of the target's own system", async () => {
  const set = ["predict.kafka.finding=MISSING", "predict.rabbitmq.finding=LOST"];
  expect((await prepare("rabbitmq", { set })).runs[0]!.plan.prediction).toEqual({ finding: "LOST" });
  expect((await prepare("kafka", { set })).runs[0]!.plan.prediction).toEqual({ finding: "MISSING" });
  expect((await prepare("memory", { set: [...set, "durability=memory"] })).runs[0]!.plan).not.toHaveProperty(
    "prediction",
  );
});

it("every finding can be predicted, and nothing else", () => {
  const { predict } = (readProfileSchema() as { properties: Record<string, { additionalProperties: never }> })
    .properties as unknown as {
    predict: { additionalProperties: { properties: { finding: { enum: readonly string[] } } } };
  };
  expect(predict.additionalProperties.properties.finding.enum).toEqual(
    literalsOf("FindingCode", readText("src/model/result.ts")),
  );
});
