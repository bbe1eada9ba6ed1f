import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/model/result.ts";
import { messageFindings, run, temporaryFolder } from "../support/run.ts";

const FLAGS = { warmup: "1s", duration: "3s", rate: "2k/s", size: "100B" } as const;

async function crashed(
  target: string,
  fault: string,
  set: readonly string[] = [],
): Promise<{ readonly result: RunResult; readonly folder: string }> {
  const out = temporaryFolder();
  const done = await run({ flags: { ...FLAGS, on: [target], fault: [fault], set }, out });
  if (done.error !== undefined) throw done.error;
  return { result: done.runs[0]!.result, folder: out };
}

/** Whatever was done: every message has one outcome, and every delivery one name. */
function expectClosed({ counts, subscriptions, faults }: RunResult): void {
  expect(counts.offered).toBe(counts.acked + counts.failed + counts.unknown + counts.unasked);
  expect(counts.offered).toBe(6000 + 2000);
  expect(subscriptions.every((s) => s.closes)).toBe(true);
  expect(faults?.[0]).toMatchObject({ kind: "crash", bit: true, evidence: { killed: 1 } });
  expect(faults![0]!.endNs!).toBeGreaterThan(faults![0]!.startNs! + 200e6);
}

describe.each(["kafka:log@wire", "rabbitmq:quorum"])("%s", (target) => {
  it("acknowledged after the work and killed in between: delivered again, nothing lost", async () => {
    const { result, folder } = await crashed(
      target,
      "crash side=consumer point=after-process at=1s restart=200ms",
    );
    expectClosed(result);
    const { counts, faults, exit } = result;
    expect(counts).toMatchObject({ acked: 8000, lost: 0, missing: 0, undelivered: 0, copied: 0, unique: 8000 });
    expect(counts.redelivered).toBe(faults![0]!.evidence.inFlight);
    expect(messageFindings(result)).toEqual([["REDELIVERED", counts.redelivered]]);
    expect(exit.code).toBe(0);
    expect(existsSync(join(folder, "journals"))).toBe(false);
  }, 60_000);

  it("acknowledged before the work and killed in between: exactly that is lost, nothing comes twice", async () => {
    const { result } = await crashed(
      target,
      "crash side=consumer point=before-process at=1s restart=200ms",
      ["consumers.acknowledge=before"],
    );
    expectClosed(result);
    const { counts, faults, exit } = result;
    expect(counts).toMatchObject({ acked: 8000, redelivered: 0, copied: 0, undelivered: 0 });
    expect(counts.lost).toBe(faults![0]!.evidence.inFlight);
    expect(messageFindings(result)).toEqual([["LOST", counts.lost]]);
    expect(exit.code).toBe(1);
  }, 60_000);

  it("killed when the broker has the acknowledgement: nothing lost, nothing twice", async () => {
    const { result } = await crashed(
      target,
      "crash side=consumer point=after-acknowledge at=1s restart=200ms",
    );
    expectClosed(result);
    expect(result.counts).toMatchObject({ acked: 8000, lost: 0, redelivered: 0, copied: 0, unique: 8000 });
    expect(result.exit.code).toBe(0);
  }, 60_000);

  it("a producer killed between send and outcome: unknown, and what arrived of it recovered", async () => {
    const { result } = await crashed(target, "crash side=producer point=after-send at=1s restart=200ms");
    expectClosed(result);
    const { counts, faults } = result;
    expect(counts.unknown).toBe(faults![0]!.evidence.inFlight);
    expect(counts.recovered).toBeGreaterThan(0);
    expect(counts.recovered + counts.missing).toBe(counts.unknown);
    expect(counts).toMatchObject({ lost: 0, copied: 0, redelivered: 0, unexpected: 0, reordered: 0 });
  }, 60_000);
});
