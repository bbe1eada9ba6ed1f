import type { Driver } from "../drivers/driver.ts";
import type { Topology } from "../model/topology.ts";
import { type Judgement, judge } from "../verify/judge.ts";
import type { Recording } from "./conductor.ts";
import { type RereadFound, rereadReason, rereadStream } from "./reread.ts";
import type { RunRequest } from "./run-one.ts";
import type { Tally } from "./tally.ts";

/** What the ledger of a run says. */
export function judged(
  r: Pick<RunRequest, "plan" | "capabilities">,
  { tally, drain }: Pick<Recording, "tally" | "drain">,
): Judgement {
  const arrivals = tally.arrivals();
  const sum = (of: (p: Tally["producers"][number]) => number): number =>
    tally.producers.reduce((n, p) => n + of(p), 0);
  return judge({
    plan: r.plan,
    totals: tally.ledger.totals,
    verdicts: tally.ledger.verdict(arrivals),
    reorderedExamples: arrivals.map((a) => a.reorderedExamples),
    copiedExamples: arrivals.map((a) => a.copiedExamples),
    lateAnswers: sum((p) => p.late),
    bytesOffered: sum((p) => p.bytes),
    settled: drain.kind !== "bound",
    ordered: r.capabilities.order === "lane",
  });
}

/** Reads the broker again, before the stream is removed, where the plan or what was found asks for it. */
export async function rereadIfNeeded(
  r: RunRequest,
  recording: Recording,
  driver: Driver | undefined,
  topology: Topology,
  runNumber: number,
): Promise<RereadFound | undefined> {
  // A broker that went away has nothing to say.
  if (recording.earlyEnd?.kind === "broker") return undefined;
  const { counts, subscriptions } = judged(r, recording);
  const byRedelivery = subscriptions.reduce((n, s) => n + s.reorderedByRedelivery, 0);
  const because = rereadReason(r.plan, counts, byRedelivery, r.capabilities.reread);
  if (because === undefined) return undefined;
  return await rereadStream(driver, r.plan, topology, runNumber, because, r.signal);
}
