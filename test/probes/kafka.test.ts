import { readFileSync } from "node:fs";
import { join } from "node:path";
import kafkajs from "kafkajs";
import { expect, it } from "vitest";
import { problemsOf } from "../../src/store/schema.ts";
import { sharedBroker } from "../support/brokers.ts";
import { until } from "../support/until.ts";
import { ask, verdicts } from "./running.ts";

const MODES = [{ system: "kafka", mode: "log" }];

async function topics(url: string): Promise<readonly string[]> {
  const admin = new kafkajs.Kafka({ brokers: [url], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  const all = await admin.listTopics();
  await admin.disconnect();
  return all.filter((topic) => topic.startsWith("mqbench-"));
}

it("a log is read again from anywhere, shares partitions, routes nothing and has no priority", async () => {
  const { url } = await sharedBroker("kafka");
  const names = ["replay", "scale", "routing", "priority"];
  const done = await ask({ names, modes: MODES, urls: new Map([["kafka", url]]) });
  expect(verdicts(done)).toEqual({
    replay: "supported",
    scale: "depends",
    routing: "refuted",
    priority: "refuted",
  });
  const fact = (probe: string, name: string) =>
    done.result.rows.find((r) => r.probe === probe)?.facts.find((f) => f.name === name)?.value;
  expect([fact("replay", "fromStart"), fact("replay", "fromTime"), fact("replay", "fromTail")]).toEqual([
    1000, 500, 0,
  ]);
  expect([fact("scale", "idleOf4"), fact("scale", "idleOf5")]).toEqual([0, 1]);
  expect([fact("routing", "received"), fact("routing", "ownTopic")]).toEqual([300, 100]);
  expect([fact("priority", "oneTopic"), fact("priority", "twoTopics")]).toEqual([200, 0]);
  const stored: unknown = JSON.parse(readFileSync(join(done.folder, "probe.json"), "utf8"));
  expect(stored).toEqual(done.result);
  expect(problemsOf(stored, "probe-v1")).toEqual([]);
  await until("no topic", async () => (await topics(url)).length === 0);
}, 120_000);

it("a probe that is stopped leaves no topic behind, and says so", async () => {
  const { url } = await sharedBroker("kafka");
  const abort = new AbortController();
  const asked = ask({
    names: ["scale"],
    modes: MODES,
    urls: new Map([["kafka", url]]),
    signal: abort.signal,
  });
  await until("a topic", async () => (await topics(url)).length > 0);
  abort.abort("SIGINT");
  const done = await asked;
  expect(done.result.rows).toEqual([]);
  expect(String(done.error)).toMatch(/stopped by SIGINT/);
  await until("no topic", async () => (await topics(url)).length === 0);
}, 60_000);
