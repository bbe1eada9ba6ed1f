import { describe, expect, it } from "vitest";
import { preparePlans } from "../../../src/run/prepare.ts";

const prepare = (on: string, set: string[], fault: string[] = []) =>
  preparePlans({ profile: "quick", flags: { on: [on], set, fault }, env: {} });

async function errorOf(on: string, set: string[], fault: string[] = []): Promise<string> {
  const error = (await prepare(on, set, fault).catch((e: unknown) => e)) as {
    message: string;
    hints?: string[];
  };
  return [error.message, ...(error.hints ?? [])].join("\n");
}

const MESSAGES = "producers.transaction.messages=100";

describe("transactions of a plan", () => {
  it("are seen when they are committed, unless told", async () => {
    const set = [MESSAGES, "producers.transaction.abort=10%"];
    const [run] = (await prepare("kafka", set)).runs;
    expect(run!.plan.producers.transaction).toEqual({ messages: 100, abort: 0.1 });
    expect(run!.plan.consumers.isolation).toBe("committed");
    const [other] = (await prepare("kafka", [MESSAGES, "consumers.isolation=uncommitted"])).runs;
    expect(other!.plan.producers.transaction).toEqual({ messages: 100, abort: 0 });
    expect(other!.plan.consumers.isolation).toBe("uncommitted");
  });

  it("are not there unless asked for", async () => {
    const { plan } = (await prepare("kafka", [])).runs[0]!;
    expect(plan.producers).not.toHaveProperty("transaction");
    expect(plan.consumers).not.toHaveProperty("isolation");
    expect(plan.consumers).not.toHaveProperty("deduplicate");
  });

  it.each([
    ["kafka@kafkajs", [MESSAGES], [], /kafka:log@kafkajs has no transactions[\s\S]*Use kafka:log@wire/],
    ["rabbitmq", [MESSAGES], [], /rabbitmq:quorum@amqplib has no transactions[\s\S]*No client of rabbitmq/],
    ["kafka", [MESSAGES, "producers.maxInFlight=50"], [], /100 messages, but only 50[\s\S]*--in-flight 100/],
    [
      "kafka",
      [MESSAGES, "load.rate=1/s"],
      [],
      /takes 1m40s to fill, and the broker aborts it after 1m|100s to fill/,
    ],
    ["kafka", [MESSAGES, "durability=none"], [], /durability is none/],
    ["kafka", ["producers.transaction.abort=10%"], [], /no transaction to abort/],
    ["kafka", ["consumers.isolation=committed"], [], /the plan has none/],
    ["kafka", [MESSAGES, "consumers.isolation=serializable"], [], /serializable/],
    ["kafka", [MESSAGES, "options.kafka.isolation=read_uncommitted"], [], /contradicts consumers.isolation/],
    ["kafka", [], ["crash at=1s side=producer point=mid-transaction"], /without transactions/],
    ["kafka", [MESSAGES], ["crash at=1s side=consumer point=mid-transaction"], /no point mid-transaction/],
    ["rabbitmq", ["consumers.deduplicate=true", "consumers.requeue=1%"], [], /give nothing back/],
  ])("on %s with %j %j are told what is wrong before anything starts", async (on, set, fault, message) => {
    expect(await errorOf(on, set, fault)).toMatch(message);
  });
});
