import { expect, it } from "vitest";
import type { RunResult } from "../../src/model/result.ts";
import { PLAIN } from "../../src/report/style.ts";
import { renderRun } from "../../src/report/text.ts";
import type { PlanFlags } from "../../src/run/plan/flags.ts";
import { preparePlans } from "../../src/run/prepare.ts";
import { sharedBroker } from "../support/brokers.ts";
import { setRabbit } from "../support/rabbitmq-setting.ts";
import { runOnce } from "../support/run.ts";

async function trap(profile: string, target: string, fix: PlanFlags = {}): Promise<RunResult> {
  const system = target.split(":")[0]!.split("@")[0]!;
  const { url, managementUrl } = await sharedBroker(system);
  const management = managementUrl === undefined ? [] : [`options.rabbitmq.managementUrl=${managementUrl}`];
  return await runOnce({
    profile,
    urls: new Map([[system, url]]),
    flags: { ...fix, on: [target], set: [...management, ...(fix.set ?? [])] },
  });
}

/** The flags of the fix that the profile itself names, as a shell reads them. */
async function fixOf(profile: string, target: string): Promise<PlanFlags> {
  const { runs } = await preparePlans({ profile, flags: { on: [target] }, env: {} });
  const text = runs[0]!.plan.prediction!.fix!;
  const given = [...text.matchAll(/--(\S+) (?:'([^']*)'|(\S+))/g)].map(([, flag, quoted, bare]) => ({
    flag: flag!,
    value: quoted ?? bare!,
  }));
  expect(given.length).toBeGreaterThan(0);
  const others = Object.fromEntries(given.filter((g) => g.flag !== "set").map((g) => [g.flag, g.value]));
  return { ...others, set: given.filter((g) => g.flag === "set").map((g) => g.value) };
}

const text = (r: RunResult): string => renderRun(r, PLAIN);
const among = (r: RunResult): number | undefined => r.findings.find((f) => f.code === "LOST")?.among;

/** The trap and its fixed twin, each target's, all at once: most of their time they wait for a silence. */
async function pairs(
  profile: string,
  targets: readonly string[],
  flags: PlanFlags = {},
): Promise<readonly RunResult[][]> {
  return await Promise.all(
    targets.map(async (target) => {
      const fix = { ...flags, ...(await fixOf(profile, target)) };
      return await Promise.all([trap(profile, target, flags), trap(profile, target, fix)]);
    }),
  );
}

const QUEUES = ["rabbitmq:quorum", "rabbitmq:classic"];
/** With many runs at once the fault comes seconds late. */
const LONGER: PlanFlags = { duration: "8s" };

it.concurrent("every message after an unbind is confirmed and lost; with mandatory it is failed, and none is lost", async () => {
  for (const [r, fixed] of await pairs("trap-unroutable", QUEUES, LONGER)) {
    expect(r!.exit.code).toBe(1);
    expect(r!.counts).toMatchObject({ acked: r!.counts.offered, missing: 0, undelivered: 0 });
    expect(r!.counts.lost).toBeGreaterThan(100);
    // From the first lost one on not one arrived, and what was sent before all did.
    expect(among(r!)).toBe(r!.counts.lost);
    expect(r!.counts.unique).toBe(r!.counts.offered - r!.counts.lost);
    expect(r!.faults).toMatchObject([{ kind: "unbind", bit: true, evidence: { altered: 1 } }]);
    expect(r!.events.filter((e) => e.kind === "unbind").map((e) => e.detail)).toEqual([
      expect.stringContaining("came back as unroutable"),
      expect.stringContaining("made again"),
    ]);
    expect(text(r!)).toMatch(/observed +as predicted, confirmed and lost: (\d[\d\s]*) of \1 \(sub-0\)/);

    expect(fixed!.exit.code).toBe(0);
    expect(fixed!.faults?.[0]?.bit).toBe(true);
    expect(fixed!.counts).toMatchObject({ lost: 0, undelivered: 0, phantom: 0 });
    expect(fixed!.counts.failed).toBeGreaterThan(100);
    expect(fixed!.counts.unique).toBe(fixed!.counts.acked);
    expect(text(fixed!)).toMatch(/observed +no LOST; found were PUBLISH_FAILED/);
  }
}, 120_000);

it.concurrent("a full queue drops confirmed messages from its head; told to refuse, it loses none", async () => {
  for (const [r, fixed] of await pairs("trap-drop-head", QUEUES)) {
    expect(r!.exit.code).toBe(1);
    expect(r!.counts.acked).toBe(r!.counts.offered);
    expect(r!.counts.lost).toBeGreaterThan(100);
    // Some were dropped, not all that came after the first one.
    expect(among(r!)).toBeGreaterThan(r!.counts.lost);

    expect(fixed!.exit.code).toBe(0);
    expect(fixed!.counts).toMatchObject({ lost: 0, undelivered: 0, phantom: 0 });
    expect(fixed!.counts.failed).toBeGreaterThan(100);
  }
}, 120_000);

it.concurrent("a quorum queue drops what comes back more often than its limit; with a higher one it loses none", async () => {
  for (const [r, fixed] of await pairs("trap-delivery-limit", ["rabbitmq:quorum"])) {
    expect(r!.exit.code).toBe(1);
    expect(r!.counts.acked).toBe(r!.counts.offered);
    // The very ones that were given back: 5 %, as exactly as consecutive numbers can be spread.
    expect(r!.counts.lost / r!.counts.offered).toBeCloseTo(0.05, 2);

    expect(fixed!.exit.code).toBe(0);
    expect(fixed!.plan.consumers.requeue).toEqual({ share: 0.05, times: 10 });
    expect(fixed!.counts).toMatchObject({ lost: 0, undelivered: 0, unique: fixed!.counts.offered });
  }
}, 120_000);

it.concurrent("dead letters that no queue takes are lost; at least once, with reject-publish, none is", async () => {
  // Three minutes by default: the next try of a dead letter that was not taken. What is slower than this comes twice.
  await setRabbit(await sharedBroker("rabbitmq"), "dead_letter_worker_publisher_confirm_timeout", 4000);
  for (const [r, fixed] of await pairs("trap-dead-letter", ["rabbitmq:quorum"])) {
    expect(r!.exit.code).toBe(1);
    expect(r!.counts).toMatchObject({ acked: r!.counts.offered, missing: 0, undelivered: 0, copied: 0 });
    expect(r!.counts.lost).toBeGreaterThan(100);
    expect(r!.counts.unique).toBe(r!.counts.offered - r!.counts.lost);
    expect(text(r!)).toMatch(/observed +as predicted, confirmed and lost: /);

    expect(fixed!.exit.code).toBe(0);
    expect(fixed!.counts).toMatchObject({ lost: 0, undelivered: 0, unique: fixed!.counts.offered });
    expect(fixed!.target.options).toMatchObject({ deadLetterStrategy: "at-least-once" });
    for (const one of [r!, fixed!])
      expect(one.faults).toMatchObject([{ kind: "unbind", bit: true, evidence: { altered: 1 } }]);
  }
}, 120_000);

it.concurrent("without acknowledgements a broken connection takes messages along, and no error; with them it takes none", async () => {
  for (const [r, fixed] of await pairs("trap-acks-0", ["kafka@wire"])) {
    expect(r!.exit.code).toBe(1);
    expect(r!.counts).toMatchObject({ unasked: r!.counts.offered, failed: 0, unknown: 0, lost: 0 });
    expect(r!.counts.missing).toBeGreaterThan(0);
    expect(r!.faults?.some((f) => f.bit)).toBe(true);

    expect(fixed!.exit.code).toBe(0);
    expect(fixed!.faults?.some((f) => f.bit)).toBe(true);
    expect(fixed!.counts).toMatchObject({ missing: 0, lost: 0, copied: 0, acked: fixed!.counts.offered });
  }
}, 120_000);
