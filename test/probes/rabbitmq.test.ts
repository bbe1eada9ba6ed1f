import { expect, it } from "vitest";
import { sharedBroker } from "../support/brokers.ts";
import { ask, verdicts } from "./running.ts";

async function queues(): Promise<readonly string[]> {
  const { managementUrl } = await sharedBroker("rabbitmq");
  const { href, username, password } = new URL("/api/queues", managementUrl);
  const authorization = `Basic ${btoa(`${username}:${password}`)}`;
  const answer = await fetch(href.replace(`${username}:${password}@`, ""), { headers: { authorization } });
  return ((await answer.json()) as { name: string }[]).map((q) => q.name);
}

it.concurrent.each<[string, Readonly<Record<string, string>>]>([
  ["classic", { replay: "refuted", scale: "supported", routing: "supported", priority: "supported" }],
  // Of the version that the tests start.
  ["quorum", { replay: "refuted", scale: "supported", priority: "depends" }],
  ["stream", { replay: "supported", scale: "refuted", priority: "refuted" }],
])(
  "%s: %o",
  async (mode, want) => {
    const { url } = await sharedBroker("rabbitmq");
    const done = await ask({
      names: Object.keys(want),
      modes: [{ system: "rabbitmq", mode }],
      urls: new Map([["rabbitmq", url]]),
    });
    expect(verdicts(done)).toEqual(want);
    expect((await queues()).filter((name) => name.startsWith(`mqbench-${done.result.id}`))).toEqual([]);
  },
  120_000,
);
