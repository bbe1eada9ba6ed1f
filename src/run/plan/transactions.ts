import {
  type ConsumersPlan,
  type Isolation,
  type ProducersPlan,
  TRANSACTION_TIMEOUT_NS,
} from "../../model/plan.ts";
import { type TargetName, targetText } from "../../model/target.ts";
import { formatDuration } from "../../model/units.ts";
import type { Work } from "./build.ts";
import type { Reader } from "./reader.ts";

const MESSAGES = "producers.transaction.messages";
const ABORT = "producers.transaction.abort";
const ISOLATION = "consumers.isolation";

/** `producers.transaction`, where the profile has it. */
export function buildTransaction(read: Reader): Pick<ProducersPlan, "transaction"> {
  if (!read.has(MESSAGES)) return {};
  return {
    transaction: { messages: read.count(MESSAGES), abort: read.has(ABORT) ? read.share(ABORT) : 0 },
  };
}

/** Who asks for transactions wants them seen as a whole, unless he says otherwise. */
export function buildIsolation(read: Reader): Pick<ConsumersPlan, "isolation"> {
  if (read.has(ISOLATION)) return { isolation: read.raw<Isolation>(ISOLATION) };
  return read.has(MESSAGES) ? { isolation: "committed" } : {};
}

/** What is wrong with a plan's transactions, and with its effects, whatever the target. */
export function checkTransactions(work: Work, read: Reader): void {
  const { producers, consumers, durability, faults } = work;
  const { transaction, maxInFlight } = producers;
  if (transaction === undefined) {
    if (read.has(ABORT))
      read.report(ABORT, "there is no transaction to abort", `Set ${MESSAGES}, such as 100.`);
    if (read.has(ISOLATION))
      read.report(
        ISOLATION,
        "isolation is about what is seen of transactions, and the plan has none",
        `Set ${MESSAGES}, or leave ${ISOLATION} out.`,
      );
    if (faults.some((f) => f.kind === "crash" && f.point === "mid-transaction"))
      read.report("faults", "a producer without transactions has no mid-transaction", `Set ${MESSAGES}.`);
  } else {
    if (transaction.messages > maxInFlight)
      read.report(
        MESSAGES,
        `a transaction of ${transaction.messages} messages, but only ${maxInFlight} may be without an outcome, which only its end gives them`,
        `Raise producers.maxInFlight (--in-flight ${transaction.messages}) or lower ${MESSAGES}.`,
      );
    const fillNs = secondsToFill(work) * 1e9;
    if (fillNs > TRANSACTION_TIMEOUT_NS)
      read.report(
        MESSAGES,
        `a transaction of ${transaction.messages} messages takes ${formatDuration(fillNs)} to fill, and the broker aborts it after ${formatDuration(TRANSACTION_TIMEOUT_NS)}`,
        `Raise the rate, or lower ${MESSAGES}.`,
      );
    if (durability === "none")
      read.report(
        MESSAGES,
        "a transaction ends with an acknowledgement, and durability is none",
        "Use durability memory, disk or fsync.",
      );
  }
  if (consumers.deduplicate !== undefined && consumers.requeue !== undefined)
    read.report(
      "consumers.deduplicate",
      "consumers that keep effects handle what they get: they give nothing back",
      "Leave consumers.requeue or consumers.deduplicate out.",
    );
}

/** Of one transaction at the plan's rate; 0 where that is not the same all the time. */
function secondsToFill({ load, producers }: Work): number {
  if (load.loop !== "open" || !["uniform", "poisson"].includes(load.schedule.kind)) return 0;
  const perS = "ratePerS" in load.schedule ? load.schedule.ratePerS : 0;
  return perS > 0 ? ((producers.transaction?.messages ?? 0) * producers.count) / perS : 0;
}

/** @param able targets of the same system that have transactions */
export function reportNoTransactions(target: TargetName, able: readonly string[], read: Reader): void {
  const name = targetText(target);
  read.report(
    MESSAGES,
    `${name} has no transactions that a reader could see as a whole`,
    able.length > 0
      ? `Use ${able.join(" or ")}, or leave ${name} out.`
      : `No client of ${target.system} has them: leave producers.transaction or ${name} out.`,
  );
}
