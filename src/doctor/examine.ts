import type { Examination } from "./check.ts";
import type { HarnessFacts } from "./facts.ts";
import { judge } from "./judge.ts";
import { type ProbeOptions, probe } from "./probe.ts";

export interface ExamineOptions extends ProbeOptions {
  /** `--calibrate`: runs the harness against nothing, after the machine was seen at rest. */
  readonly calibrate?: () => Promise<HarnessFacts | undefined>;
}

/** Probes this machine and judges it. */
export async function examine({ calibrate, ...options }: ExamineOptions): Promise<Examination> {
  const facts = await probe(options);
  if (calibrate === undefined) return judge(facts);
  const harness = (await calibrate()) ?? "failed";
  // Stopped is not failed.
  options.work.signal.throwIfAborted();
  return judge({ ...facts, harness });
}
