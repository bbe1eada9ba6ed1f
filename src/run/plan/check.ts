import type { Capabilities } from "../../drivers/driver.ts";
import { UserError } from "../../model/errors.ts";
import { isAlteration, isClientFault, isNetworkFault, isProcessFault } from "../../model/fault.ts";
import { LATENCIES } from "../../model/metric.ts";
import { largestBytes, type Plan } from "../../model/plan.ts";
import { targetText } from "../../model/target.ts";
import { DURABILITIES } from "../../model/topology.ts";
import { formatSize } from "../../model/units.ts";
import type { Work } from "./build.ts";
import { checkOrdering, checkOrderingTarget } from "./ordering.ts";
import type { Problem } from "./problem.ts";
import type { Reader } from "./reader.ts";
import { checkTransactions } from "./transactions.ts";

/** What is wrong with a plan whatever the target. */
export function checkWork(work: Work, read: Reader): void {
  const { producers, consumers, agents, stream } = work;
  const readers = consumers.perSubscription * stream.subscriptions;
  if (agents.produce > producers.count)
    read.report(
      "agents.produce",
      `${agents.produce} agents for ${counted(producers.count, "producer")}`,
      `Raise producers.count (--producers ${agents.produce}) or lower agents.produce (--agents).`,
    );
  if (agents.consume > readers)
    read.report(
      "agents.consume",
      `${agents.consume} agents for ${counted(readers, "consumer")}`,
      `Raise consumers.count (--consumers ${Math.ceil(agents.consume / stream.subscriptions)}) or lower agents.consume (--agents).`,
    );
  if (consumers.acknowledgeEvery > consumers.prefetch)
    read.report(
      "consumers.acknowledgeEvery",
      `acknowledging every ${consumers.acknowledgeEvery} messages, but only ${consumers.prefetch} are delivered before an acknowledgement`,
      "Raise consumers.prefetch to at least consumers.acknowledgeEvery.",
    );
  if (consumers.requeue !== undefined && consumers.acknowledge === "auto")
    read.report(
      "consumers.requeue",
      "what is acknowledged by being delivered cannot be given back",
      "Use consumers.acknowledge: after.",
    );
  if (producers.idempotent && work.durability === "none")
    read.report(
      "producers.idempotent",
      "an idempotent producer needs acknowledgements, and durability is none",
    );
  checkTransactions(work, read);
  checkOrdering(work, read);
  checkSharing(work, read);
}

function checkSharing({ consumers, stream }: Work, read: Reader): void {
  if (consumers.sharing === "exclusive" && consumers.perSubscription > stream.partitions)
    read.report(
      "consumers.count",
      `${consumers.perSubscription} consumers share ${counted(stream.partitions, "partition")} exclusively: some would read nothing`,
      "Raise stream.partitions to consumers.count, or use consumers.sharing: compete.",
    );
}

/** Reads a threshold and names its metric. @throws UserError */
export type MetricOf = (threshold: string) => string;

/** A threshold that cannot be read, or cannot hold because what it is about is not measured. */
export function checkExpectation(
  text: string,
  where: string,
  work: Work,
  metricOf: MetricOf,
): Problem | undefined {
  const problem = (message: string, hint?: string): Problem => ({
    where,
    path: "expect",
    message,
    ...(hint === undefined ? {} : { hint }),
  });
  try {
    const metric = metricOf(text);
    const isLatency = LATENCIES.some((l) => metric.startsWith(`${l}.`));
    if (work.load.loop === "closed" && isLatency)
      return problem(
        `"${text}": in a closed loop this is a latency at saturation, not a latency result`,
        "Use load.loop: open with a rate for latencies.",
      );
    if (work.load.loop === "closed" && (metric === "rate.achieved" || metric === "rate.offered"))
      return problem(`"${text}": a closed loop offers no rate that could be achieved`, "Use rate.publish.");
    if (work.durability === "none" && /^publish_/.test(metric))
      return problem(`"${text}": with durability none nothing is acknowledged, so this is never measured`);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return problem(error.message, error.hints[0]);
  }
  return undefined;
}

/** What a target cannot do of its plan. */
export function checkTarget(plan: Plan, can: Capabilities, read: Reader): void {
  const name = targetText(plan.target);
  const drop = `or leave ${name} out`;
  if (!can.durability.includes(plan.durability)) {
    const offered = DURABILITIES.filter((d) => can.durability.includes(d));
    read.report(
      "durability",
      `${name} cannot do durability ${plan.durability}`,
      `Use durability ${offered.join(" or ")}, ${drop}.`,
    );
  }
  checkConsumers(plan, can, read, name, drop);
  const bytes = largestBytes(plan.message.size);
  if (bytes > can.maxMessageBytes) {
    const key = read.has("message.size.max") ? "message.size.max" : "message.size";
    const limit = formatSize(can.maxMessageBytes);
    read.report(
      key,
      `${name} takes messages of up to ${limit}, the plan has ${formatSize(bytes)}`,
      `Use at most ${limit}, ${drop}.`,
    );
  }
  if (plan.producers.idempotent && !can.idempotence)
    read.report(
      "producers.idempotent",
      `${name} has no idempotent producer`,
      `Set producers.idempotent: false, ${drop}.`,
    );
  if (can.protocol === undefined && plan.faults.some(isNetworkFault))
    read.report(
      "faults",
      `${name} has no network that mqbench knows how to disturb`,
      `Leave its faults out, ${drop}.`,
    );
  if (can.local && plan.faults.some(isProcessFault))
    read.report(
      "faults",
      `${name} lives inside its agent: there is no broker to pause or kill`,
      `Leave its processes in peace, ${drop}.`,
    );
  if (!can.leader && plan.faults.some((f) => "node" in f && f.node === "leader"))
    read.report(
      "faults",
      `${name} cannot tell which node leads`,
      `Name a node by its number, such as node=1, ${drop}.`,
    );
  checkAlterations(plan, can, read, name, drop);
  checkOrderingTarget(plan, can, read, name, drop);
  if (plan.verify?.reread === "always" && (can.reread === undefined || can.local))
    read.report("verify.reread", `${name} cannot be read again`, `Leave verify.reread out, ${drop}.`);
  if (can.local && plan.faults.some(isClientFault))
    read.report(
      "faults",
      `${name} lives inside its agent: what is killed or stopped would take the stream with it`,
      `Leave crash and freeze out, ${drop}.`,
    );
  if (can.local && (plan.agents.produce > 1 || plan.agents.consume > 1))
    read.report(
      plan.agents.produce > 1 ? "agents.produce" : "agents.consume",
      `${name} lives inside its agent, so there can be only one`,
      `Set agents.produce and agents.consume to 1, ${drop}.`,
    );
}

function checkAlterations(plan: Plan, can: Capabilities, read: Reader, name: string, drop: string): void {
  const possible = can.alterations ?? [];
  for (const { kind } of plan.faults.filter(isAlteration))
    if (!possible.includes(kind))
      read.report(
        "faults",
        `${name} cannot ${kind}`,
        possible.length > 0
          ? `Its stream can be changed by ${possible.join(" or ")}; use that, ${drop}.`
          : `Its stream cannot be changed while it is used: leave ${kind} out, ${drop}.`,
      );
}

function checkConsumers(plan: Plan, can: Capabilities, read: Reader, name: string, drop: string): void {
  const { sharing, perSubscription, acknowledge } = plan.consumers;
  if (!can.sharing.includes(sharing))
    read.report(
      "consumers.sharing",
      `${name} cannot share a subscription by consumers.sharing: ${sharing}`,
      `Use consumers.sharing: ${can.sharing.join(" or ")}, ${drop}.`,
    );
  else if (
    read.raw("consumers.sharing") === "auto" &&
    sharing === "exclusive" &&
    perSubscription > plan.stream.partitions
  )
    read.report(
      "consumers.count",
      `${name} gives each partition to one consumer, and ${perSubscription} consumers share ${counted(plan.stream.partitions, "partition")}`,
      `Raise stream.partitions to ${perSubscription}, lower consumers.count, ${drop}.`,
    );
  if (plan.consumers.requeue !== undefined && !can.answers.includes("requeue"))
    read.report(
      "consumers.requeue",
      `${name} has no way to give a message back`,
      `Leave consumers.requeue out, ${drop}.`,
    );
  if (acknowledge !== "auto" && !can.answers.includes("ack"))
    read.report(
      "consumers.acknowledge",
      `${name} has no acknowledgements by consumers`,
      `Use consumers.acknowledge: auto, ${drop}.`,
    );
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
