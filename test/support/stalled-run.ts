import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RunResult } from "../../src/model/result.ts";
import { run, type TestRun, temporaryFolder } from "./run.ts";
import type { Staller } from "./staller.ts";
import { monotonicNs, readJournal, type Seen } from "./witness.ts";

export interface StalledRun {
  readonly result: RunResult;
  /** All on the run's own clock: ns since its start. */
  readonly stall: { readonly beginNs: number; readonly endNs: number };
  readonly seen: Seen;
}

/**
 * A run through the witness of `system` whose broker stands still for `stallMs`, a second into the measure
 * phase. The times of the stall are read from the clock at both ends, not taken from the timer.
 */
export async function stalledRun(
  system: string,
  o: Pick<TestRun, "flags" | "urls">,
  staller: Staller,
  stallMs: number,
): Promise<StalledRun> {
  const journal = join(temporaryFolder(), "journal");
  mkdirSync(journal);
  let originNs = Number.POSITIVE_INFINITY;
  let stall: { beginNs: number; endNs: number } | undefined;
  const done = await run({
    ...o,
    driver: `test/support/witness-${system}.ts`,
    flags: { ...o.flags, set: [...(o.flags.set ?? []), `options.${system}.journal=${journal}`] },
    watch: {
      // The difference is the run's start and the time that it took to get here.
      second: (_, atNs) => {
        originNs = Math.min(originNs, monotonicNs() - atNs);
      },
      phase(name) {
        // Whatever was measured before the run has a start of its own.
        if (name === "warmup") originNs = Number.POSITIVE_INFINITY;
        if (name !== "measure") return;
        setTimeout(() => {
          staller.begin();
          const beginNs = monotonicNs();
          setTimeout(() => {
            const endNs = monotonicNs();
            staller.end();
            stall = { beginNs, endNs };
          }, stallMs);
        }, 1000);
      },
    },
  });
  if (done.error !== undefined) throw done.error;
  if (stall === undefined) throw new Error("the broker was never stalled");
  const own = (t: number): number => t - originNs;
  const seen = readJournal(journal);
  return {
    result: done.runs[0]!.result,
    stall: { beginNs: own(stall.beginNs), endNs: own(stall.endNs) },
    seen: { acked: seen.acked.map(own), delivered: seen.delivered.map(own) },
  };
}
