import { type Check, concern, ok } from "./check.ts";
import type { CpuFacts, Facts } from "./facts.ts";
import { listed, percent, plural } from "./words.ts";

/** Two agents, the conductor and a broker: with fewer cores they wait for each other. */
const ENOUGH_CORES = 4;
/** Pressure from which others visibly take part in what is measured, and from which it is theirs. */
const PRESSED = 0.2;
const CROWDED = 0.5;
/** Of all cores' time at rest: what is in use there is not to be had for a run. */
const BUSY = 0.5;
/** Load for each core, where the kernel does not tell pressure: nearly always someone waits. */
const LOADED = 0.8;
/** Steal that p99 can feel, and that rates do. */
const STOLEN = 0.02;
const ROBBED = 0.2;

/** Cores and who else uses them. */
export function judgeCpu(facts: Facts): readonly Check[] {
  const { cpu } = facts;
  return [judgeCores(cpu), judgeLoad(facts), judgeSteal(facts), judgeVirtual(facts), judgeFrequency(cpu)];
}

function judgeCores({ cores, allowed, quota, model }: CpuFacts): Check {
  const usable = Math.min(allowed, quota ?? allowed);
  const found = listed(
    `${plural(usable, "core")}${usable < cores ? ` of ${cores}` : ""} (${model})`,
    quota !== undefined && quota < allowed && `a quota of ${plural(quota, "core")}`,
    allowed < cores && `bound to ${allowed}`,
  );
  if (usable < 1)
    return concern("cores", found, "bad", [
      "The kernel stops every process of the group for a part of each period (usually 100ms), and latencies show that.",
      "Give the container or service a CPU quota of 2 or more, or none.",
    ]);
  if (usable < ENOUGH_CORES)
    return concern("cores", found, "warn", [
      "mqbench and a local broker share these cores, so rates are lower and tails longer than with a core for each.",
      `Use ${ENOUGH_CORES} or more cores, or a broker on another machine (--url); compare targets, not absolute numbers.`,
    ]);
  return ok("cores", found);
}

/** What lasts: a second can be unlucky, and the average of ten remembers a run that is over. */
function judgeLoad({ cpu: { load1, pressure10, allowed }, second }: Facts): Check {
  const busy = second.busy === undefined ? undefined : `${percent(second.busy)} busy`;
  if (second.pressure === undefined || pressure10 === undefined) {
    const found = listed(`load ${load1.toFixed(1)} on ${plural(allowed, "core")}`, busy, "pressure not told");
    return load1 / allowed > LOADED ? concern("load", found, "warn", OTHERS) : ok("load", found);
  }
  const found = listed(
    `CPU pressure ${percent(second.pressure)} now`,
    `${percent(pressure10)} over 10s`,
    busy,
    `load ${load1.toFixed(1)}`,
  );
  const lasting = Math.min(second.pressure, pressure10);
  if (lasting >= CROWDED) return concern("load", found, "bad", CROWD);
  const isBusy = (second.busy ?? 0) >= BUSY;
  return lasting >= PRESSED || isBusy ? concern("load", found, "warn", OTHERS) : ok("load", found);
}

const OTHERS = [
  "Other programs compete for the cores, so rates drop and tails grow by what they happen to do.",
  "Stop what else runs here (see top), or repeat runs and compare only those that ran in turn (--repeat).",
] as const;

const CROWD = [
  "Before mqbench even begins, something waits for a core most of the time: rates and latencies would be those of the other programs.",
  "Stop what else runs here (see top), then look again.",
] as const;

function judgeSteal({ cpu: { stolenSinceBoot }, second: { stolen } }: Facts): Check {
  if (stolen === undefined)
    return concern("steal", "not told by this system", "unknown", [
      "Time that a hypervisor takes away would show as latency without a cause.",
      "Look at the hypervisor or cloud console, or use Linux.",
    ]);
  const found = listed(
    `${percent(stolen)} now`,
    stolenSinceBoot !== undefined && `${percent(stolenSinceBoot)} of the busy time since boot`,
  );
  if (stolen >= ROBBED) return concern("steal", found, "bad", TAKEN);
  return Math.max(stolen, stolenSinceBoot ?? 0) >= STOLEN
    ? concern("steal", found, "warn", TAKEN)
    : ok("steal", found);
}

const TAKEN = [
  "The hypervisor gives this machine's cores to others: all processes stand still for milliseconds, and no program can see why.",
  "Use a machine with dedicated cores, or repeat runs at other times of day.",
] as const;

function judgeVirtual({ cpu, second }: Facts): Check {
  if (cpu.virtual === undefined)
    return concern("virtual", "cannot be told on this system", "unknown", [
      "On a virtual machine, neighbours that cannot be seen may slow a run.",
      "Ask whoever runs the machine.",
    ]);
  const found = cpu.virtual.length === 0 ? "no hypervisor, no container" : cpu.virtual.join(", then ");
  if (cpu.virtual.length > 0 && second.stolen === undefined)
    return concern("virtual", found, "warn", [
      "Neighbours may take time from this machine, and it does not tell how much.",
      "Repeat runs (--repeat), and distrust differences between runs at different times.",
    ]);
  return ok("virtual", found);
}

function judgeFrequency({ governors, turbo }: CpuFacts): Check {
  const boost = turbo === undefined ? undefined : `turbo ${turbo ? "on" : "off"}`;
  if (governors === undefined)
    return concern("frequency", listed("no governor to be seen", boost), "unknown", [
      "The host decides how fast the cores run, and that may change from one run to the next.",
      "Nothing on a virtual machine; elsewhere repeat runs and compare them in turn.",
    ]);
  const found = listed(`governor ${governors.join(" and ")}`, boost);
  if (governors.every((g) => g === "performance")) return ok("frequency", found);
  return concern("frequency", found, "warn", [
    "Cores slow down when they have little to do, so latency at a low rate is longer than at a higher one.",
    "Set the governor for the time of the measurement: sudo cpupower frequency-set -g performance.",
  ]);
}
