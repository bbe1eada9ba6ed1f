import type { Driver, RereadKind } from "../drivers/driver.ts";
import { createBody } from "../load/body.ts";
import { Reader } from "../load/envelope.ts";
import { messageOf } from "../model/errors.ts";
import type { RereadResult } from "../model/order.ts";
import { largestBytes, type Plan, partitionsAtMost } from "../model/plan.ts";
import type { Counts } from "../model/result.ts";
import type { Topology } from "../model/topology.ts";
import type { Judgement } from "../verify/judge.ts";
import { Records } from "../verify/records.ts";
import type { Recording } from "./conductor.ts";
import type { RunRequest } from "./run-one.ts";

/** What a re-read found, by subscription; a log has one for all of them. */
export interface RereadFound {
  readonly kind: RereadResult["kind"];
  readonly because: string;
  readonly books: readonly Records[];
  readonly tookNs: number;
  readonly incomplete?: string;
}

/** Longer than this nobody wants to wait after a run. */
const BOUND_MS = 60_000;

/** Why the broker is to be read again after this run; undefined: it is not. */
export function rereadReason(
  plan: Plan,
  counts: Counts,
  lateByRedelivery: number,
  kind: RereadKind | undefined,
): string | undefined {
  const { reread = "auto", order = "lane" } = plan.verify ?? {};
  if (reread === "never") return undefined;
  if (reread === "always") return "asked for";
  if (order === "full" && kind === "log") return "the order of the log was asked for";
  const found = Object.entries({
    lost: counts.lost,
    undelivered: counts.undelivered,
    copied: counts.copied,
    reordered: counts.reordered + lateByRedelivery,
  }).find(([, n]) => n > 0);
  return found && `some were ${found[0]}`;
}

/**
 * Reads again what the broker has of the stream, when agents have left it.
 * @returns undefined where the driver has no way to; a broker that fails, or takes too long, leaves it incomplete
 */
async function rereadStream(
  driver: Driver | undefined,
  plan: Plan,
  topology: Topology,
  runNumber: number,
  because: string,
  signal: AbortSignal,
): Promise<RereadFound | undefined> {
  const kind = driver?.capabilities.reread;
  if (driver?.reread === undefined || kind === undefined) return undefined;
  const lanes = plan.producers.count * partitionsAtMost(plan.stream);
  const reader = new Reader(
    runNumber,
    createBody(plan.seed, plan.message.compressible, largestBytes(plan.message.size)),
  );
  const books = (kind === "log" ? ["all"] : topology.subscriptions).map(() => new Records(lanes));
  const bound = AbortSignal.any([signal, AbortSignal.timeout(BOUND_MS)]);
  const began = performance.now();
  let incomplete: string | undefined;
  try {
    await driver.reread(
      { topology, signal: bound },
      {
        record(bytes, start, end, subscription) {
          const book = books[Math.max(0, subscription)]!;
          const read = reader.read(bytes, start, end);
          if (read === "ok") book.add(reader.lane, reader.sequence);
          else book.other(read);
        },
      },
    );
    if (signal.aborted) incomplete = "it was stopped";
    else if (bound.aborted) incomplete = `it took longer than ${BOUND_MS / 1000} s`;
  } catch (error) {
    incomplete = messageOf(error);
  }
  const tookNs = Math.round((performance.now() - began) * 1e6);
  return { kind, because, books, tookNs, ...(incomplete === undefined ? {} : { incomplete }) };
}

/** Reads the broker again, before the stream is removed, where the plan or what was found asks for it. */
export async function rereadIfNeeded(
  { plan, capabilities, signal }: Pick<RunRequest, "plan" | "capabilities" | "signal">,
  { earlyEnd }: Pick<Recording, "earlyEnd">,
  { counts, subscriptions }: Pick<Judgement, "counts" | "subscriptions">,
  driver: Driver | undefined,
  topology: Topology,
  runNumber: number,
): Promise<RereadFound | undefined> {
  // A broker that went away has nothing to say.
  if (earlyEnd?.kind === "broker") return undefined;
  const byRedelivery = subscriptions.reduce((n, s) => n + s.reorderedByRedelivery, 0);
  const because = rereadReason(plan, counts, byRedelivery, capabilities.reread);
  if (because === undefined) return undefined;
  return await rereadStream(driver, plan, topology, runNumber, because, signal);
}
