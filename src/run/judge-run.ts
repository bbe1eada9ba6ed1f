import type { Capabilities } from "../drivers/driver.ts";
import type { Plan } from "../model/plan.ts";
import { type Judgement, judge } from "../verify/judge.ts";
import type { Recording } from "./conductor.ts";
import { readEffects } from "./effects.ts";
import { promisesOrder } from "./promised-order.ts";
import type { Tally } from "./tally.ts";

/**
 * Judges a run by what its agents shipped, and by what its consumers left in their databases.
 * @param effectsFolder where those are, in a plan that has them
 */
export async function judgeRun(
  { plan, capabilities }: { readonly plan: Plan; readonly capabilities: Capabilities },
  { tally, drain }: Recording,
  subscriptions: readonly string[],
  effectsFolder: string,
): Promise<Judgement> {
  const arrivals = tally.arrivals();
  const effects = await readEffects(plan, effectsFolder, subscriptions, tally.ledger);
  const sum = (of: (p: Tally["producers"][number]) => number): number =>
    tally.producers.reduce((n, p) => n + of(p), 0);
  return judge({
    plan,
    totals: tally.ledger.totals,
    verdicts: tally.ledger.verdict(arrivals),
    reorderedExamples: arrivals.map((a) => a.reorderedExamples),
    copiedExamples: arrivals.map((a) => a.copiedExamples),
    lateAnswers: sum((p) => p.late),
    bytesOffered: sum((p) => p.bytes),
    settled: drain.kind !== "bound",
    ordered: promisesOrder(capabilities, plan),
    ...(plan.producers.transaction === undefined ? {} : { transactions: tally.ledger.transactions() }),
    ...(effects === undefined ? {} : { effects }),
  });
}

/** Why messages failed or stayed unknown, with how many. */
export function codesOf(tally: Tally): Readonly<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const p of tally.producers)
    for (const [code, n] of Object.entries(p.codes)) all[code] = (all[code] ?? 0) + n;
  return all;
}
