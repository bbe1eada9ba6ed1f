import type { Capabilities } from "../../drivers/driver.ts";
import type {
  ConsumersPlan,
  PhasesPlan,
  Plan,
  ProducersPlan,
  StreamPlan,
  VerifyPlan,
} from "../../model/plan.ts";
import type { FindingCode } from "../../model/result.ts";
import type { TargetName } from "../../model/target.ts";
import type { Durability } from "../../model/topology.ts";
import { buildLoad } from "./load.ts";
import type { Settings } from "./merge.ts";
import { buildMessage, type EnvelopeBytes } from "./message.ts";
import type { Reader } from "./reader.ts";
import { buildIsolation, buildTransaction } from "./transactions.ts";

/** A target, with the module of a driver that mqbench does not ship. */
export type PlanTarget = TargetName & { readonly driverModule?: string };

/** Everything of a plan but the target. */
export type Work = Omit<Plan, "target" | "driverModule" | "driverOptions" | "consumers"> & {
  readonly consumers: Omit<ConsumersPlan, "sharing"> & {
    readonly sharing: ConsumersPlan["sharing"] | "auto";
  };
};

/** Turns settings into quantities; what makes no sense is reported to the reader. */
export function buildWork(profile: string, read: Reader, envelope: EnvelopeBytes): Work {
  return {
    profile,
    seed: read.count("seed", 0),
    stream: buildStream(read),
    load: buildLoad(read),
    message: buildMessage(read, envelope),
    producers: buildProducers(read),
    consumers: buildConsumers(read),
    durability: read.raw<Durability>("durability"),
    phases: buildPhases(read),
    agents: { produce: read.count("agents.produce"), consume: read.count("agents.consume") },
    expect: read.raw<readonly string[]>("expect"),
    faults: [],
    ...buildVerify(read),
  };
}

/** The plan of one target. `auto` is decided here, because it depends on what the target offers. */
export function buildPlan(work: Work, target: PlanTarget, settings: Settings, can: Capabilities): Plan {
  const { consumers, ...rest } = work;
  const predicted = (key: string) => settings.get(`predict.${target.system}.${key}`)?.value;
  const finding = predicted("finding") as FindingCode | undefined;
  const fix = predicted("fix") as string | undefined;
  return {
    ...rest,
    target: { system: target.system, mode: target.mode, client: target.client },
    ...(target.driverModule === undefined ? {} : { driverModule: target.driverModule }),
    driverOptions: optionsOf(target.system, settings),
    consumers: { ...consumers, sharing: sharingOf(work, can) },
    ...(finding === undefined ? {} : { prediction: { finding, ...(fix === undefined ? {} : { fix }) } }),
  };
}

/** `options.<system>`, as one map. */
export function optionsOf(system: string, settings: Settings): Readonly<Record<string, unknown>> {
  const mine = [...settings.values()].filter((s) => s.path[0] === "options" && s.path[1] === system);
  return Object.fromEntries(mine.map((s) => [s.path.slice(2).join("."), s.value]));
}

/** Exclusive keeps order and is the same work on every system, so it is taken where it can be. */
function sharingOf(work: Work, can: Capabilities): ConsumersPlan["sharing"] {
  const { sharing, perSubscription } = work.consumers;
  if (sharing !== "auto") return sharing;
  const isEnough = perSubscription <= work.stream.partitions;
  if (can.sharing.includes("exclusive") && (isEnough || !can.sharing.includes("compete"))) return "exclusive";
  return "compete";
}

function buildStream(read: Reader): StreamPlan {
  return {
    ...(read.has("stream.name") ? { name: read.raw<string>("stream.name") } : {}),
    partitions: read.count("stream.partitions"),
    subscriptions: read.count("stream.subscriptions"),
  };
}

function buildProducers(read: Reader): ProducersPlan {
  return {
    count: read.count("producers.count"),
    maxInFlight: read.count("producers.maxInFlight"),
    lingerNs: read.durationNs("producers.linger"),
    batchBytes: read.sizeBytes(read.raw("producers.batch"), "producers.batch"),
    publishTimeoutNs: read.durationNs("producers.publishTimeout", false),
    idempotent: read.raw<boolean>("producers.idempotent"),
    ...buildTransaction(read),
  };
}

function buildConsumers(read: Reader): Work["consumers"] {
  const requeue = read.has("consumers.requeue") ? read.share("consumers.requeue") : 0;
  const times = read.has("consumers.requeueTimes") ? read.count("consumers.requeueTimes") : 1;
  return {
    perSubscription: read.count("consumers.count"),
    sharing: read.raw<Work["consumers"]["sharing"]>("consumers.sharing"),
    prefetch: read.count("consumers.prefetch"),
    acknowledge: read.raw<ConsumersPlan["acknowledge"]>("consumers.acknowledge"),
    acknowledgeEvery: read.count("consumers.acknowledgeEvery"),
    workNs: read.durationNs("consumers.work"),
    start: read.raw<ConsumersPlan["start"]>("consumers.start"),
    ...(requeue > 0 ? { requeue: { share: requeue, times } } : {}),
    ...buildIsolation(read),
    ...(read.has("consumers.deduplicate") ? { deduplicate: read.raw<boolean>("consumers.deduplicate") } : {}),
    ...(read.has("consumers.slowest") ? { slowest: read.count("consumers.slowest") } : {}),
    ...(read.has("consumers.parallel") ? { parallel: read.count("consumers.parallel") } : {}),
  };
}

function buildVerify(read: Reader): { readonly verify?: VerifyPlan } {
  if (!read.has("verify.reread") && !read.has("verify.order")) return {};
  return {
    verify: {
      reread: read.has("verify.reread") ? read.raw<VerifyPlan["reread"]>("verify.reread") : "auto",
      order: read.has("verify.order") ? read.raw<VerifyPlan["order"]>("verify.order") : "lane",
    },
  };
}

function buildPhases(read: Reader): PhasesPlan {
  return {
    warmupNs: read.durationNs("phases.warmup"),
    measureNs: read.durationNs("phases.measure", false),
    maxMessages: read.count("phases.messages", 0),
    drainNs: read.durationNs("phases.drain", false),
  };
}
