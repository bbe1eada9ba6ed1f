import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import Report from "../../src/commands/report.ts";
import Run from "../../src/commands/run.ts";
import type { RunResult } from "../../src/model/result.ts";
import { sharedBroker } from "../support/brokers.ts";
import { mqbench } from "../support/mqbench.ts";
import { messageFindings, runOnce, temporaryFolder } from "../support/run.ts";

it("a broker that drops or copies one breaks at-least-once; at-most-once allows the first and not the second", async () => {
  const flags = { on: ["memory"], warmup: "200ms", duration: "1s", rate: "1k/s", size: "100B" };
  const cases = [
    ["at-least-once", "drop", "violated", "LOST", 1],
    ["at-most-once", "drop", "held", "MISSING", 0],
    ["at-least-once", "copy", "violated", "COPIED", 1],
    ["at-most-once", "copy", "violated", "COPIED", 1],
  ] as const;
  await Promise.all(
    cases.map(async ([guarantee, lie, verdict, code, exit]) => {
      const set = [`options.memory={${lie}: {at: [500]}}`];
      const r = await runOnce({ flags: { ...flags, guarantee, set } });
      const name = `${guarantee}, ${lie}`;
      expect(r.guarantee, name).toMatchObject({ name: guarantee, verdict });
      const list = verdict === "held" ? r.guarantee!.allowed : r.guarantee!.forbidden;
      expect(list, name).toMatchObject([{ code, count: 1 }]);
      // A busy machine may miss the profile's rate, which is another matter.
      const broken = r.exit.reasons.filter((x) => x.kind === "guarantee").map((x) => x.message);
      expect(broken, name).toEqual(exit === 0 ? [] : [`${code.toLowerCase()} == 0 failed: 1`]);
    }),
  );
}, 60_000);

const MATRIX = `
targets: [memory]
load: {rate: 1k/s}
message: {size: 100B}
phases: {warmup: 200ms, measure: 1s}
matrix:
  configurations: [{name: mine, guarantee: at-least-once}]
  rows:
    - configuration: mine
      faults: []
      settings: {options: {memory: {drop: {at: [500]}}}}
      predict: {memory: {must: [LOST]}}
    - configuration: mine
      faults: []
      settings: {options: {memory: {copy: {at: [500]}}}}
      predict: {memory: {}}
`;

it("a matrix: what is predicted is no failure, what is not is one, and the folder says it all again", async () => {
  const path = join(temporaryFolder(), "mine.yaml");
  writeFileSync(path, MATRIX);
  const { stdout, code } = await mqbench(Run, [path, "--out", temporaryFolder()]);
  expect(stdout).toMatch(/^FAIL {2}mine: 3 of 4 rows as predicted, 1 contradict$/m);
  expect(stdout).toMatch(/^ {2}mine: [\d.]+[kM]?\/s at most, p99 \S+ at /m);
  expect(stdout).toMatch(/none +LOST +LOST 1 +✓ as predicted/);
  expect(stdout).toMatch(/none +none +COPIED 1 +✗ contradicts/);
  expect(code).toBe(1);
  const folder = /\nFiles\n {2}(\S+)/.exec(stdout)![1]!;
  expect((await mqbench(Report, [folder])).stdout).toBe(stdout);
}, 120_000);

async function crashed(target: string, guarantee: string, set: readonly string[] = []): Promise<RunResult> {
  const system = target.split(":")[0]!;
  const { url, managementUrl } = await sharedBroker(system);
  const own = managementUrl === undefined ? [] : [`options.rabbitmq.managementUrl=${managementUrl}`];
  return await runOnce({
    profile: "guarantee",
    urls: new Map([[system, url]]),
    flags: {
      on: [target],
      guarantee,
      warmup: "500ms",
      // The first acknowledgements wait until Kafka has made its groups' store: the point must be reached after that.
      duration: "6s",
      rate: "200/s",
      fault: ["crash side=consumer point=before-process at=1s restart=200ms"],
      set: ["faults=[]", ...own, ...set],
    },
  });
}

it("dead before it worked: at-least-once holds, at-most-once may miss, and acknowledged first loses", async () => {
  const all = await Promise.all(
    ["kafka", "rabbitmq:quorum"].map((target) =>
      Promise.all([
        crashed(target, "at-least-once"),
        crashed(target, "at-most-once"),
        crashed(target, "at-least-once", ["consumers.acknowledge=before"]),
      ]),
    ),
  );
  for (const [kept, missed, lost] of all) {
    for (const r of [kept, missed, lost]) expect(r.faults).toMatchObject([{ kind: "crash", bit: true }]);
    expect(messageFindings(kept)).toEqual([]);
    expect(kept.guarantee).toMatchObject({ verdict: "held", forbidden: [], allowed: [] });

    const met = (r: RunResult): number => r.faults![0]!.evidence.inFlight;
    expect(messageFindings(missed)).toEqual([["MISSING", met(missed)]]);
    expect(missed.guarantee).toMatchObject({ verdict: "held", forbidden: [] });
    expect(missed.exit.code).toBe(0);

    expect(messageFindings(lost)).toEqual([["LOST", met(lost)]]);
    expect(lost.guarantee).toMatchObject({ verdict: "violated", forbidden: [{ code: "LOST" }] });
    expect(lost.plan.guarantee!.changed).toEqual({ "consumers.acknowledge": "before" });
    expect(lost.exit.code).toBe(1);
  }
}, 240_000);
