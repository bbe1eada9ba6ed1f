import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { expect, it } from "vitest";
import Advise from "../../src/commands/advise.ts";
import { temporaryFolder } from "../support/run.ts";

/** Two facts that are both read again; what is set differs where the order does. */
async function adviseOn(orders: readonly [string, string], ...argv: string[]): Promise<string> {
  const file = join(temporaryFolder(), "answers.yaml");
  const flows = ["orders", "prices"].map(
    (name, i) =>
      `  - { name: ${name}, kind: event, replay: must, readers: many, cdc: "yes", order: ${orders[i]} }`,
  );
  writeFileSync(file, ["flows:", ...flows, ""].join("\n"));
  const { stdout } = await captureOutput(() =>
    Advise.run(["--answers", file, "--no-evidence", ...argv], import.meta.url),
  );
  return stdout;
}

const titles = (text: string) => text.split("\n").filter((l) => /^Settings to begin with/.test(l));

it("flows that share a mode and differ have settings of their own, by name", async () => {
  const text = await adviseOn(["key", "total"]);
  expect(titles(text)).toEqual([
    "Settings to begin with, for a Kafka topic, read by consumer groups (orders)",
    "Settings to begin with, for a Kafka topic, read by consumer groups (prices)",
  ]);
  const [first, second] = text.split(/^Settings to begin with.*$/m).slice(1);
  expect(first).toMatch(/topic: partitions = the most consumers/);
  expect(first).not.toMatch(/partitions=1/);
  expect(second).toMatch(/topic: partitions=1/);
});

it("flows that ask for the same have them once", async () => {
  expect(titles(await adviseOn(["key", "key"]))).toHaveLength(1);
});

it("settings name their sources, as data and in a decision record", async () => {
  const [flow] = (
    JSON.parse(await adviseOn(["key", "total"], "--json")) as {
      flows: { settings: { on: string; set: string; sources: string[] }[]; resembling: string }[];
    }
  ).flows;
  expect(flow!.settings).toContainEqual({
    mode: "kafka:log",
    on: "producer",
    set: "acks=all, enable.idempotence=true",
    sources: ["kafka-producer-config"],
  });
  expect(flow!.resembling).toMatch(/^mqbench run order-events --on kafka:log/);
  const record = await adviseOn(["key", "total"], "--as", "markdown");
  expect(record).toMatch(/^- producer: acks=all, enable\.idempotence=true$/m);
  expect(record).toMatch(/^- Producer configuration, kafka\.apache\.org/m);
});
