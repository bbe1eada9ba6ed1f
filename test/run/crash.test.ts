import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readJournal } from "../../src/load/journal-records.ts";
import type { RunResult } from "../../src/model/result.ts";
import { useSharedBrokers } from "../support/brokers.ts";
import { messageFindings, run, temporaryFolder } from "../support/run.ts";

useSharedBrokers("kafka", "rabbitmq");

const FLAGS = { warmup: "500ms", duration: "3s", rate: "2k/s", size: "100B" } as const;
/** In the time of these phases. */
const MESSAGES = 7000;

// At once: most of their time they wait, for a due time or to be sure that nothing more comes.
describe.concurrent.each(["kafka:log@wire", "rabbitmq:quorum"])("%s", (target) => {
  async function crashed(
    faults: readonly string[],
    set: readonly string[] = [],
    duration: string = FLAGS.duration,
  ): Promise<{ readonly result: RunResult; readonly journals: string }> {
    const out = temporaryFolder();
    const done = await run({
      flags: { ...FLAGS, duration, on: [target], fault: faults.map((f) => `crash ${f} restart=200ms`), set },
      out,
    });
    if (done.error !== undefined) throw done.error;
    return { result: done.runs[0]!.result, journals: join(done.runs[0]!.folder, "journals") };
  }

  it("acknowledged after the work and killed in between: exactly that comes again, nothing is lost", async () => {
    // The rate may be missed where others want the cores as well.
    const { result, journals } = await crashed(["side=consumer point=after-process at=800ms"], ["expect=[]"]);
    expectClosed(result);
    const { counts, faults, exit } = result;
    expect(counts).toMatchObject({ acked: MESSAGES, unique: MESSAGES, lost: 0, missing: 0, copied: 0 });
    expect(counts.redelivered).toBe(faults![0]!.evidence.inFlight);
    // Which of the new agent's first sights were none, only the ledger knows.
    expect(faults![0]!.cost!.repeats).toBe(counts.redelivered);
    expect(messageFindings(result)).toEqual([["REDELIVERED", counts.redelivered]]);
    expect(exit.code).toBe(0);
    expect(existsSync(journals), "nothing was wrong").toBe(false);
  }, 100_000);

  it("acknowledged before the work and killed in between: exactly that is lost, nothing comes twice", async () => {
    const { result, journals } = await crashed(
      ["side=consumer point=before-process at=800ms"],
      ["consumers.acknowledge=before", "phases.drain=60s"],
    );
    expectClosed(result);
    const { counts, faults } = result;
    expect(counts).toMatchObject({ acked: MESSAGES, redelivered: 0, copied: 0, undelivered: 0 });
    expect(counts.lost).toBe(faults![0]!.evidence.inFlight);
    expect(messageFindings(result)).toEqual([["LOST", counts.lost]]);
    expect(faults![0]!.cost).toMatchObject({ repeats: 0, ackToVisibleNs: null });
    // A log still has what the consumer skipped; a queue has given it away.
    const where = result.reread?.kind === "log" ? "SKIPPED" : "NOT_IN_QUEUE";
    expect(result.findings.find((f) => f.code === where)?.count).toBe(counts.lost);
    const types: string[] = [];
    readJournal(readFileSync(join(journals, "consume.journal")), ({ type }) => types.push(type));
    expect(types.at(-1), "kept, and it ends with the kill").toBe("crash");
    expect(types.filter((type) => type === "crash")).toHaveLength(1);
  }, 100_000);

  it("killed when the broker has the acknowledgement: nothing is lost, nothing comes twice", async () => {
    const { result } = await crashed(["side=consumer point=after-acknowledge at=800ms"]);
    expectClosed(result);
    expect(result.counts).toMatchObject({ acked: MESSAGES, unique: MESSAGES, lost: 0, redelivered: 0 });
    expect(messageFindings(result)).toEqual([]);
  }, 100_000);

  it("producers and consumers killed in turn: unknown is recovered or missing, what was acked is there", async () => {
    const { result, journals } = await crashed(
      [
        "side=producer point=after-send at=200ms",
        "side=consumer point=after-process at=2500ms",
        "side=producer point=after-send at=5000ms",
        "side=consumer point=after-process at=7500ms",
      ],
      ["message.keys.distribution=uniform", "message.keys.count=50", "stream.partitions=3"],
      "10s",
    );
    expectClosed(result);
    const { counts, faults } = result;
    const met = faults!.map((f) => f.evidence.inFlight);
    expect(counts.unknown).toBe(met[0]! + met[2]!);
    expect(counts.recovered).toBeGreaterThan(0);
    expect(counts.recovered + counts.missing).toBe(counts.unknown);
    expect(counts.redelivered).toBe(met[1]! + met[3]!);
    // Where a new agent takes its time, what it is given again is in the shadow of the next fault.
    expect(faults!.reduce((n, f) => n + f.cost!.repeats, 0)).toBe(counts.redelivered);
    expect(faults![0]!.cost!.repeats).toBe(0);
    expect(counts).toMatchObject({ lost: 0, copied: 0, unexpected: 0, phantom: 0, reordered: 0 });
    expect(existsSync(journals)).toBe(result.exit.code !== 0);
  }, 100_000);
});

/** Whatever was done: every message has one outcome, every delivery one name, and every fault met messages. */
function expectClosed({ plan, counts, subscriptions, latency, faults = [] }: RunResult): void {
  expect(counts.offered).toBe((2000 * (plan.phases.warmupNs + plan.phases.measureNs)) / 1e9);
  expect(counts.offered).toBe(counts.acked + counts.failed + counts.unknown + counts.unasked);
  // A few where this machine is so busy that an agent hears late of the start; not those of a new agent.
  expect(latency.e2e_response!.anomalies).toBeLessThan(MESSAGES / 10);
  expect(subscriptions.every((s) => s.closes)).toBe(true);
  for (const fault of faults) {
    expect(fault).toMatchObject({ kind: "crash", bit: true, evidence: { killed: 1 } });
    expect(fault.startNs).toBeGreaterThanOrEqual(fault.plannedAtNs);
    expect(fault.endNs! - fault.startNs!).toBeGreaterThan(200e6);
  }
}
