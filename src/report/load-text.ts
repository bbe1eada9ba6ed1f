import type { LoadPlan, Plan, SizePlan } from "../model/plan.ts";
import { formatDuration, formatRate, formatSize } from "../model/units.ts";

/** What a run did, in one line: `open loop, 5.00k/s uniform; 1KiB messages; 3 partitions, …; 30.0s after 5.00s warm-up`. */
export function workText(plan: Plan): string {
  const { stream, producers, consumers, phases } = plan;
  return [
    loadText(plan.load),
    `${sizeText(plan.message.size)} messages`,
    plural(stream.partitions, "partition"),
    plural(producers.count, "producer"),
    `${plural(stream.subscriptions, "subscription")} × ${plural(consumers.perSubscription, "consumer")}`,
    `${short(phases.measureNs)} after ${short(phases.warmupNs)} of warm-up`,
  ].join(", ");
}

function loadText(load: LoadPlan): string {
  if (load.loop === "closed") return "closed loop";
  const s = load.schedule;
  switch (s.kind) {
    case "uniform":
    case "poisson":
      return `open loop, ${formatRate(s.ratePerS)} ${s.kind}`;
    case "ramp":
      return `open loop, ramp ${formatRate(s.fromPerS)} to ${formatRate(s.toPerS)}`;
    case "steps":
      return `open loop, steps ${s.ratesPerS.map((r) => formatRate(r)).join(" ")}`;
    case "burst":
      return `open loop, ${formatRate(s.ratePerS)} and bursts of ${s.messages} every ${short(s.everyNs)}`;
  }
}

export function sizeText(size: SizePlan): string {
  switch (size.kind) {
    case "fixed":
      return short(size.bytes, formatSize);
    case "range":
      return `${short(size.minBytes, formatSize)} to ${short(size.maxBytes, formatSize)}`;
    case "weighted":
      return size.choices.map((c) => short(c.bytes, formatSize)).join(" or ");
  }
}

/** What was asked for is said as it was asked for: `30s`, not `30.0s`. */
export function short(value: number, format: (v: number) => string = formatDuration): string {
  return format(value)
    .replace(/(\.\d*?)0+(?=\D)/, "$1")
    .replace(/\.(?=\D)/, "");
}

function plural(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
