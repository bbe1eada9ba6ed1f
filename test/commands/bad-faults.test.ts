import { describe, expect, it } from "vitest";
import Run from "../../src/commands/run.ts";
import { expectRefusal, mqbench } from "../support/mqbench.ts";
import { children } from "../support/run.ts";

describe("bad input about faults", () => {
  const URL = ["--url", "kafka=localhost:9"];

  it.each<[string, readonly string[], RegExp]>([
    ["an unknown kind", ["--fault", "pauze at=1s for=1s"], /"pauze"[\s\S]*did you mean "pause"/],
    [
      "one that ends after the measure phase",
      ["--fault", "stall at=9.5s for=1s"],
      /10\.5s into a measure phase of 10/,
    ],
    ["two that overlap", ["--fault", "stall at=1s for=1s", "--fault", "cut at=1.5s for=1s"], /overlaps/],
    ["a parameter that is missing", ["--fault", "delay at=1s for=1s"], /delay needs by/],
    [
      "a pause of a broker that is not ours",
      [...URL, "--fault", "pause at=1s for=1s"],
      /Only network faults/,
    ],
    [
      "a kill of a broker that is not ours",
      [...URL, "--fault", "kill at=1s for=1s node=1"],
      /not started by mqbench[\s\S]*Only network faults[\s\S]*clients \(crash, freeze\)/,
    ],
    [
      "a memory alarm of a broker that is not ours",
      ["--on", "rabbitmq", "--url", "rabbitmq=amqp://localhost:9", "--fault", "memory-alarm at=1s for=1s"],
      /memory-alarm: the rabbitmq was not started by mqbench[\s\S]*Leave --url/,
    ],
    [
      "a memory alarm where there is none",
      ["--fault", "memory-alarm at=1s for=1s"],
      /memory-alarm: kafka has no alarm[\s\S]*--on rabbitmq/,
    ],
    ["an unknown node", ["--fault", "kill at=1s for=1s node=4"], /"4" is not one of 1, 2, 3, leader/],
    [
      "a second node of one",
      ["--nodes", "1", "--fault", "pause at=1s for=1s node=2"],
      /kafka has 1 node here[\s\S]*node=1 or node=leader[\s\S]*--nodes 3/,
    ],
    [
      "a leader that has nowhere to go",
      ["--nodes", "1", "--fault", "move-leader at=1s"],
      /move-leader needs other nodes[\s\S]*--nodes 3/,
    ],
    [
      "a leader's move where there is none",
      ["--on", "rabbitmq", "--fault", "move-leader at=1s"],
      /rabbitmq:quorum@amqplib cannot move-leader[\s\S]*unbind or delete-queue/,
    ],
    [
      "a random schedule that does not fit",
      ["--fault", "random count=20 kinds=cut,stall"],
      /20 faults need up to 20\.0s[\s\S]*there are 10\.0s/,
    ],
    [
      "no agent to stop",
      ["--on", "memory", "--fault", "freeze at=1s for=1s side=consumer"],
      /take the stream/,
    ],
    ["no network", ["--on", "memory", "--fault", "cut at=1s for=1s"], /memory.*no network/],
    [
      "no broker's process",
      ["--on", "memory", "--fault", "pause at=1s for=1s"],
      /memory.*no broker to pause/,
    ],
  ])("%s: exit 2 before anything starts", async (_, argv, message) => {
    const on = argv.includes("--on") ? [] : ["--on", "kafka"];
    await expectRefusal(await mqbench(Run, ["quick", ...on, "--duration", "10s", ...argv]), 2, message);
    expect(await children("proxy-main")).toEqual([]);
  });

  it("is none in a dry run of faults that are possible (control)", async () => {
    const { code, stdout } = await mqbench(Run, [
      "quick",
      "--on",
      "kafka",
      ...URL,
      "--dry-run",
      "--fault",
      "cut at=1s for=1s",
    ]);
    expect(code).toBeUndefined();
    expect(stdout).toContain("fault   cut at 1.00s for 1.00s");
  });

  it("is none in a dry run of what three nodes can have, drawn by the seed (control)", async () => {
    const dry = async (seed: string) => {
      const { code, stdout } = await mqbench(Run, [
        ...["quick", "--on", "kafka", "--nodes", "3", "--duration", "60s", "--dry-run", "--seed", seed],
        ...[
          "--fault",
          "kill at=1s for=2s node=3 lag=1s",
          "--fault",
          "random count=3 kinds=cut,move-leader,freeze",
        ],
      ]);
      expect(code).toBeUndefined();
      return stdout.split("\n").filter((line) => line.startsWith("fault"));
    };
    const faults = await dry("1");
    expect(faults).toHaveLength(4);
    expect(faults[0]).toBe("fault   kill of node 3 ahead by 1.00s at 1.00s for 2.00s");
    expect(await dry("1")).toEqual(faults);
    expect(await dry("2")).not.toEqual(faults);
  });
});
