import type { Plan } from "../model/plan.ts";
import type { FindingCode } from "../model/result.ts";
import { forbiddenIn } from "./guarantee.ts";
import { parseThreshold, type Threshold } from "./thresholds.ts";

/**
 * All thresholds of a run: the plan's own, and those that its guarantee implies.
 * @param fromFlags those of the plan's expressions that a flag gave
 * @param isOrdered the target promises each consumer order within a lane
 * @throws UserError `BAD_THRESHOLD`
 */
export function thresholdsOf(
  plan: Plan,
  { fromFlags, isOrdered }: { readonly fromFlags: readonly string[]; readonly isOrdered: boolean },
): readonly Threshold[] {
  const own = plan.expect.map((text) => parseThreshold(text, fromFlags.includes(text) ? "flag" : "profile"));
  // Who says `lost <= 3` has decided about losses, unless a guarantee was asked for, which does.
  const decided = new Set(plan.guarantee === undefined ? own.map((t) => t.metric.name) : []);
  const implied = alwaysExpected(plan, isOrdered).map((name) => parseThreshold(`${name} == 0`, "always"));
  return [...implied.filter((t) => !decided.has(t.metric.name)), ...own];
}

/** Counts that have to be 0 for the plan's guarantee to hold. */
export function alwaysExpected(plan: Plan, isOrdered: boolean): readonly string[] {
  const isOwnStream = plan.stream.name === undefined;
  // A guarantee says itself what it forbids.
  if (plan.guarantee !== undefined)
    return forbiddenIn(plan.guarantee, { isOwnStream, isOrdered })
      .filter((code) => isCounted(plan, code))
      .map(metricOf);
  const expected: string[] = [];
  // Lost is: acknowledged to the producer, never processed. With durability none nothing is acknowledged; a
  // consumer that answers before its work is done, or by being delivered to, chose at-most-once.
  if (plan.durability !== "none" && plan.consumers.acknowledge === "after") expected.push("lost");
  // No mode of any broker promises to deliver something else than what was sent.
  expected.push("corrupt");
  // Nobody here sends a message twice: the harness offers each once, and a driver retries only where the
  // broker removes the copy. Two stored ones are the broker's, or a retry that a client hid.
  expected.push("copied");
  // It was reported as certainly not stored, and then it came: who believes that report sends a duplicate.
  expected.push("phantom");
  // It was never offered: the run's own books, or the broker's, are wrong.
  expected.push("unexpected");
  const { acknowledge, isolation, deduplicate } = plan.consumers;
  // Who reads uncommitted messages chose to see what is aborted later.
  if (isolation === "committed") expected.push("aborted_read");
  // A part that an at-most-once consumer loses leaves the rest behind.
  if (isolation === "committed" && acknowledge === "after") expected.push("torn");
  if (deduplicate === true) expected.push("duplicate_effects");
  if (deduplicate !== undefined) expected.push("missing_effects");
  // A name of the run's own can hold no other run's messages; under a fixed name others may publish too.
  if (isOwnStream) expected.push("foreign");
  // Only first sights that no redelivery explains are counted. Where the target promises no order it is a number.
  if (isOrdered) expected.push("reordered");
  // Not here: redelivered, missing and recovered (at-least-once allows them), failed and unknown (the broker
  // said so, which is honest), undelivered (no verdict: the run is invalid, not failed).
  return expected;
}

/** Anomalies of transactions and of effects are counted where the plan has these. */
function isCounted({ consumers }: Plan, code: FindingCode): boolean {
  if (code === "ABORTED_READ" || code === "TORN") return consumers.isolation !== undefined;
  if (code === "DUPLICATE_EFFECT" || code === "MISSING_EFFECT") return consumers.deduplicate !== undefined;
  return true;
}

function metricOf(code: FindingCode): string {
  const name = code.toLowerCase();
  return name.endsWith("_effect") ? `${name}s` : name;
}
