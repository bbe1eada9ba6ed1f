import { captureOutput } from "@oclif/test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Work } from "../../src/brokers/host.ts";
import { launch } from "../../src/brokers/launch.ts";
import { processId } from "../../src/brokers/process-id.ts";
import { type BrokerRecord, readRecords, writeRecord } from "../../src/brokers/registry.ts";
import { nodePids } from "../../src/brokers/start-node.ts";
import Down from "../../src/commands/down.ts";
import Limit from "../../src/commands/limit.ts";
import Status from "../../src/commands/status.ts";
import Up from "../../src/commands/up.ts";
import { scripted } from "../brokers/scripted.ts";
import { testWork } from "../brokers/support.ts";

afterEach(() => void vi.unstubAllEnvs());

/** Three nodes that do nothing but be there, as `up` leaves them, in the state directory of the commands. */
async function threeUp(): Promise<{ work: Work; record: BrokerRecord }> {
  const work = testWork();
  vi.stubEnv("MQBENCH_STATE", work.host.stateDir);
  const launched = await launch(scripted("echo SERVING; exec sleep 1000", 3), work);
  const { owner: _, ...record } = launched.record;
  writeRecord(work.host, record);
  await launched.watch.disarm();
  return { work, record };
}

const codeOf = (error: unknown) => (error as { oclif?: { exit?: number } } | undefined)?.oclif?.exit;

describe("local brokers of several nodes", () => {
  it("status says which node is down and which runs, and down ends them all", async () => {
    const { work, record } = await threeUp();
    const before = await captureOutput(() => Status.run([], import.meta.url));
    expect(before.stdout.match(/^ {2}node-\d {2}running, pid \d+$/gm)).toHaveLength(3);
    const [first, second] = record.nodes.map(({ name }) => nodePids(record.id, name)[0]!) as [number, number];
    process.kill(second, "SIGKILL");
    await vi.waitFor(() => expect(processId(second)).toBeUndefined());

    const { stdout } = await captureOutput(() => Status.run([], import.meta.url));
    expect(stdout).toMatch(new RegExp(`^ {2}node-1 {2}running, pid ${first}$`, "m"));
    expect(stdout).toMatch(/^ {2}node-2 {2}down, no process$/m);
    expect(stdout).toMatch(
      new RegExp(`^ {10}node-3: client ${record.nodes[2]!.address.split(":")[1]}$`, "m"),
    );

    const json = await captureOutput(() => Status.run(["--json"], import.meta.url));
    const { brokers } = JSON.parse(json.stdout) as {
      brokers: [{ nodes: { state: string; pids: number[] }[] }];
    };
    expect(brokers[0].nodes.map(({ state, pids }) => [state, pids.length])).toEqual([
      ["running", 1],
      ["down", 0],
      ["running", 1],
    ]);

    await captureOutput(() => Down.run([], import.meta.url));
    expect([processId(first), readRecords(work.host)]).toEqual([undefined, []]);
  });

  it.each([
    ["up", () => Up.run(["kafka", "--nodes", "2"], import.meta.url), /--nodes: "2"[\s\S]*1 or 3/],
    ["up", () => Up.run(["nats", "--nodes", "3"], import.meta.url), /"nats" is not a system/],
    [
      "limit",
      () =>
        Limit.run(
          ["--on", "kafka", "--nodes", "3", "--url", "kafka=h:1", "--slo", "e2e_response.p99 < 1s"],
          import.meta.url,
        ),
      /--nodes: kafka is at a URL that was given[\s\S]*Leave out --nodes/,
    ],
  ])("%s refuses what cannot be, with exit code 2", async (_, command, message) => {
    vi.stubEnv("MQBENCH_STATE", testWork().host.stateDir);
    const { error, stdout, stderr } = await captureOutput(command);
    expect([codeOf(error), stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });
});
