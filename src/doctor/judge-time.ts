import { formatDuration } from "../model/units.ts";
import { type Check, concern, ok } from "./check.ts";
import type { Facts } from "./facts.ts";
import { listed } from "./words.ts";

/** A message reads the clock a few times and costs a few hundred ns in all. */
const SLOW_READ_NS = 500;
/** RabbitMQ confirms within half a millisecond: a coarser clock sees steps rather than latencies. */
const COARSE_NS = 100_000;
/** Lateness of a wake: what the scheduler adds to a quiet machine, and what a busy one does. */
const LATE_NS = 1e6;
const TOO_LATE_NS = 20e6;
/** A response percentile is invalid when more than a quarter of it is ours (docs/measuring.md). */
const SHARE = 4;

/** Whether time can be told, and kept. */
export function judgeTime(facts: Facts): readonly Check[] {
  return [judgeClock(facts), judgeSlack(facts), judgeWake(facts)];
}

function judgeClock({ clock: { source, stepNs, readNs, backwards } }: Facts): Check {
  const found = listed(
    source,
    `steps of ${formatDuration(stepNs)}`,
    `${formatDuration(readNs)} a read`,
    backwards > 0 && `went back ${backwards} times`,
  );
  if (backwards > 0)
    return concern("clock", found, "bad", [
      "The monotonic clock runs backwards, so no difference of two times can be trusted.",
      "Choose another clock source (tsc, kvm-clock) in the kernel or the hypervisor, or another machine.",
    ]);
  if (stepNs > COARSE_NS)
    return concern("clock", found, "bad", [
      "Latencies shorter than a step of the clock read as zero or as a whole step.",
      "Choose another clock source (tsc, kvm-clock) in the kernel or the hypervisor, or another machine.",
    ]);
  if (readNs > SLOW_READ_NS)
    return concern("clock", found, "warn", [
      "Reading the clock costs more than stamping a message, so the highest rates are lower here.",
      "Use the clock source tsc or kvm-clock, which needs no call into the kernel.",
    ]);
  return ok("clock", found);
}

function judgeSlack({ wake: { slackNs, isSlackWritable } }: Facts): Check {
  if (slackNs === undefined)
    return concern("timer-slack", "this system has none to be set", "unknown", [
      "Messages leave as late as the system's timers are, which wake-up shows.",
      "Nothing to do here; Linux lets a program set it.",
    ]);
  const found = `${formatDuration(slackNs)}, ${isSlackWritable ? "and may be set" : "may not be set"}`;
  if (isSlackWritable) return ok("timer-slack", found);
  return concern("timer-slack", found, "warn", [
    `The kernel may wake the sender ${formatDuration(slackNs)} late on purpose, on every message.`,
    "Let the container or service write /proc/self/timerslack_ns.",
  ]);
}

function judgeWake({ wake: { p50Ns, p99Ns, maxNs } }: Facts): Check {
  const found = `late by p50 ${formatDuration(p50Ns)}, p99 ${formatDuration(p99Ns)}, max ${formatDuration(maxNs)}`;
  if (p99Ns < LATE_NS) return ok("wake-up", found);
  const floor = formatDuration(SHARE * p99Ns);
  return concern("wake-up", found, p99Ns < TOO_LATE_NS ? "warn" : "bad", [
    `A sender that sleeps is woken late: of a response p99 below ${floor} more than a quarter would be mqbench's own.`,
    "Stop what else runs here, use more cores, or measure only longer latencies.",
  ]);
}
