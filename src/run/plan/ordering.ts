import type { Capabilities } from "../../drivers/driver.ts";
import { type FaultPlan, isClientFault } from "../../model/fault.ts";
import type { Plan, StreamPlan } from "../../model/plan.ts";
import type { Work } from "./build.ts";
import type { Reader } from "./reader.ts";

/** `stream.follow`: lanes are numbered by the most partitions that a plan's faults make. */
export function withGrowth(stream: StreamPlan, faults: readonly FaultPlan[], read: Reader): StreamPlan {
  if (!read.has("stream.follow") || !read.raw<boolean>("stream.follow")) return stream;
  const added = faults.flatMap((fault) => (fault.kind === "add-partitions" ? [fault.to] : []));
  return added.length === 0 ? stream : { ...stream, grownTo: Math.max(...added) };
}

/** What is wrong, whatever the target, with what a plan wants to know of order, or does to it. */
export function checkOrdering(work: Work, read: Reader): void {
  const { stream, faults, message, producers, consumers } = work;
  const isFull = work.verify?.order === "full";
  if (isFull && consumers.deduplicate !== undefined)
    read.report(
      "verify.order",
      "consumers that keep effects say nothing of the order in which they do",
      "Leave consumers.deduplicate out, or verify.order.",
    );
  if (isFull && faults.some(isClientFault))
    read.report(
      "verify.order",
      "an agent that is killed takes along what it knew of the order of processing",
      "Leave crash out, or verify.order.",
    );
  if (stream.grownTo !== undefined) {
    if (stream.grownTo <= stream.partitions)
      read.report(
        "stream.follow",
        `add-partitions to=${stream.grownTo} adds nothing to ${stream.partitions} partitions`,
        "Give it more than stream.partitions.",
      );
    if (faults.some(({ kind }) => kind === "crash"))
      read.report(
        "stream.follow",
        "an agent that takes the place of a killed one does not know of partitions that were added",
        "Leave crash out, or stream.follow.",
      );
  }
  if (faults.some(({ kind }) => kind === "join")) {
    if (faults.some((fault) => fault.kind === "crash" && fault.side === "consumer"))
      read.report(
        "faults",
        "a consumer that joins has no journal, so no other one can be killed beside it",
        "Leave crash of a consumer out, or join.",
      );
    if (consumers.start === "after-producers")
      read.report(
        "faults",
        "nobody can join consumers that start after the measure phase",
        "Use consumers.start: with-producers, or leave join out.",
      );
  }
  const { keys } = message;
  if (keys.kind !== "none" && keys.partitioner === "mixed" && producers.count < 2)
    read.report(
      "message.keys.partitioner",
      "mixed means that producers do not agree, and there is only one",
      "Raise producers.count (--producers 2).",
    );
  checkParallel(consumers, work, read);
}

function checkParallel(consumers: Work["consumers"], { faults }: Work, read: Reader): void {
  const { parallel = 1, workNs, acknowledge, acknowledgeEvery, deduplicate } = consumers;
  if (parallel === 1) return;
  const bad = (message: string, hint: string): void => read.report("consumers.parallel", message, hint);
  if (workNs === 0)
    bad("handlers that need no time are never at work together", "Set consumers.work, such as 5ms.");
  if (acknowledge !== "after" || acknowledgeEvery !== 1)
    bad(
      "handlers that work side by side acknowledge each message by itself, when it is done",
      "Use consumers.acknowledge: after and consumers.acknowledgeEvery: 1.",
    );
  if (deduplicate !== undefined || faults.some(({ kind }) => kind === "crash"))
    bad(
      "consumers that keep a journal or effects take one step after the other",
      "Leave crash and consumers.deduplicate out, or consumers.parallel.",
    );
}

/** What a target cannot do of it. */
export function checkOrderingTarget(
  plan: Plan,
  can: Capabilities,
  read: Reader,
  name: string,
  drop: string,
): void {
  if (plan.stream.grownTo !== undefined && !can.grows)
    read.report(
      "stream.follow",
      `${name} cannot use partitions that are added while it runs`,
      `Leave stream.follow out, ${drop}.`,
    );
  if (can.balances && plan.agents.consume > 1)
    read.report(
      "agents.consume",
      `${name} moves partitions between consumers, and which of their messages were given before only one agent can see`,
      "Set agents.consume to 1, or leave options.kafka.group out.",
    );
  if (can.balances && plan.faults.some((fault) => fault.kind === "crash" && fault.side === "consumer"))
    read.report(
      "faults",
      `${name} gives the partitions of a consumer that was killed to others, who do not know what it was given`,
      "Leave options.kafka.group out, or crash of a consumer.",
    );
  if (!can.balances && plan.consumers.sharing === "exclusive" && plan.faults.some((f) => f.kind === "join"))
    read.report(
      "faults",
      `${name} has all its partitions given away by the plan: there is nothing for a consumer that joins`,
      can.sharing.includes("compete")
        ? "Use consumers.sharing: compete, or leave join out."
        : "Use --on kafka@platformatic --set options.kafka.group=classic, or leave join out.",
    );
  if (plan.message.urgent !== undefined && !can.priorities)
    read.report(
      "message.urgent",
      `${name} has no priorities: what was written first is read first`,
      `Leave message.urgent out, ${drop}.`,
    );
}
