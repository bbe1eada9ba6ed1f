import { expect, it } from "vitest";
import { caseCommand } from "../../src/cli/command-line.ts";
import type { PlanFlags } from "../../src/run/plan/flags.ts";
import { preparePlans } from "../../src/run/prepare.ts";

const FLAGS = {
  on: ["rabbitmq:quorum", "kafka@wire"],
  size: "100B,1KiB",
  rate: "500/s",
  set: ["options.kafka.retries=3", "consumers.prefetch=7"],
  fault: ["cut at=1s for=200ms side=producer"],
  threshold: ["lost == 0"],
  repeat: 2,
} satisfies PlanFlags;

/** The flags of a command, as a shell reads them. */
function flagsOf(command: string): PlanFlags {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
  const flags: Record<string, string | string[]> = {};
  for (let i = words.indexOf("quick") + 1; i < words.length; i += 2) {
    const name = words[i]!.slice(2);
    const value = words[i + 1]!;
    if (!["on", "set", "fault", "threshold", "url"].includes(name)) flags[name] = value;
    else flags[name] = [...((flags[name] as string[] | undefined) ?? []), value];
  }
  return flags as PlanFlags;
}

it("one run of a series is run again by a command that gives the very same plan, seed and faults included", async () => {
  const { runs } = await preparePlans({ profile: "quick", flags: FLAGS, env: {} });
  expect(runs).toHaveLength(8);
  expect(new Set(runs.map((r) => r.plan.seed)).size).toBe(2);
  for (const planned of runs) {
    const command = caseCommand({ profile: "quick", planned, flags: FLAGS });
    const again = await preparePlans({ profile: "quick", flags: flagsOf(command), env: {} });
    expect(again.runs.map((r) => r.plan)).toEqual([planned.plan]);
  }
});

it("names the broker that was given, without its password, and no other", async () => {
  const flags = { ...FLAGS, url: ["kafka=h:1", "rabbitmq=amqp://u:secret@h:2"], nodes: "3" };
  const { runs } = await preparePlans({ profile: "quick", flags: FLAGS, env: {} });
  const of = (system: string): string =>
    caseCommand({
      profile: "quick",
      planned: runs.find((r) => r.plan.target.system === system)!,
      flags,
    });
  expect(of("kafka")).toContain("--url kafka=h:1 --nodes 3");
  expect(of("kafka")).not.toContain("rabbitmq");
  expect(of("rabbitmq")).toContain("--url");
  expect(of("rabbitmq")).not.toContain("secret");
});
