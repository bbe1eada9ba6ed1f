import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { advise } from "../../src/advisor/advice.ts";
import { readSheet } from "../../src/advisor/input/read-sheet.ts";
import { base } from "./support.ts";

/** The two exercises that people are taught with, answered as their teachers do, with what has changed since. */
const adviceOn = (name: string) => {
  const file = new URL(`../fixtures/answers/${name}.yaml`, import.meta.url);
  return advise(base, readSheet(readFileSync(file, "utf8"), name, base.questions));
};

describe("order events of a shop, which the payment team reads again", () => {
  const advice = adviceOn("order-events");
  const [flow] = advice.flows;

  it("are Kafka's: replay, many readers, order by key", () => {
    expect([advice.verdict, flow!.decision.best[0]!.mode.id]).toEqual(["kafka", "kafka:log"]);
    const reasons = flow!.reasons.map((r) => r.rule.id);
    expect(reasons).toEqual(
      expect.arrayContaining(["replay-from-anywhere", "one-copy-many-readers", "order-by-key"]),
    );
  });

  it("with the correction that RabbitMQ's streams can be read again, and are many readers' too", () => {
    const corrections = flow!.notes.filter((n) => n.about === "correction").map((n) => n.id);
    expect(corrections).toEqual(expect.arrayContaining(["streams-can-replay", "fan-out-is-everybodys"]));
  });
});

describe("a newsletter with retries, and VIPs first", () => {
  const advice = adviceOn("newsletter");
  const [flow] = advice.flows;
  const because = (id: string) => flow!.notes.find((n) => n.id === id)?.because ?? "";

  it("is RabbitMQ's: priority rules Kafka out, one job for one worker, done and gone, retried later", () => {
    expect([advice.verdict, flow!.decision.best[0]!.mode.id]).toEqual(["rabbitmq", "rabbitmq:quorum"]);
    expect(flow!.ruledOut.map((r) => [r.product, r.rules.map((rule) => rule.id)])).toEqual([
      ["kafka", ["priority-needs-a-queue"]],
    ]);
    expect(flow!.reasons.map((r) => r.rule.id)).toEqual(
      expect.arrayContaining(["strict-priorities", "task-is-a-job", "delete-when-done", "retry-later"]),
    );
  });

  it("with the corrections: x-max-priority is for classic queues, and a time to live of 24 hours is no retry", () => {
    expect(because("quorum-ignores-max-priority")).toMatch(
      /classic queues only.*before 4\.3 it has no strict priorities/s,
    );
    expect(because("ttl-is-no-backoff")).toMatch(/24 hours.*is no retry/);
  });

  it("before 4.3 on a classic queue, because a quorum queue ignores the priority", () => {
    const older = advise(base, {
      ...advice.sheet,
      global: new Map([...advice.sheet.global, ["rabbitmq-version", "4.0"]]),
    });
    expect([older.verdict, older.flows[0]!.decision.best[0]!.mode.id]).toEqual([
      "rabbitmq",
      "rabbitmq:classic",
    ]);
    const quorum = older.flows[0]!.modes.find((m) => m.assessment.mode.id === "rabbitmq:quorum")!;
    expect(quorum.assessment.vetoes.map((v) => v.id)).toEqual(["quorum-priorities-before-4.3"]);
  });
});
