import type { DurabilityClass } from "../../model/topology.ts";
import type { LeftOut, Measured, RunFact } from "./fact.ts";
import { type Json, jsonOf } from "./json.ts";
import { machineOf, modeOf } from "./place.ts";

const COPIES = ["none", "one", "majority"] as const satisfies readonly DurabilityClass["copies"][];
const FLUSH = ["memory", "page cache", "fsync"] as const satisfies readonly DurabilityClass["flush"][];

/** What a run.json shows, or why it shows nothing. Only `finished` runs whose every message is accounted for count. */
export function runFact(value: unknown): RunFact | LeftOut {
  const run = jsonOf(value);
  if (run.text("schema") !== "mqbench/run" || !/^1\.\d+$/.test(run.text("schemaVersion") ?? ""))
    return "other-schema";
  const state = run.text("state");
  if (state === "running") return "still-running";
  if (state === "interrupted") return "interrupted";
  if (state !== "finished") return "failed";
  const reasons = new Set(
    run
      .object("exit")
      .list("reasons")
      .map((r) => r.text("kind")),
  );
  // The ledger does not close, messages are still on their way, the broker went away, or a bug: no verdict on anything.
  const isOpen =
    run.list("subscriptions").some((s) => s.object("closes").value === false) ||
    run.object("counts").number("undelivered") !== 0;
  if (isOpen || ["bug", "usage", "broker", "sigint", "sigterm"].some((kind) => reasons.has(kind)))
    return "failed";
  return factOf(run, reasons) ?? "other-schema";
}

function factOf(run: Json, reasons: ReadonlySet<string | undefined>): RunFact | undefined {
  const [identity, target, plan] = [run.object("run"), run.object("target"), run.object("plan")];
  const id = identity.text("id");
  const startedAt = identity.text("startedAt");
  const machine = machineOf(run.object("environment"));
  const name = target.text("name");
  const mode = modeOf(name);
  const durability = durabilityOf(target.object("durability"));
  const offered = run.object("counts").number("offered");
  if (!id || !isDate(startedAt) || !machine || !name || !mode || !durability || offered === undefined)
    return undefined;
  const load = plan.object("load").text("loop") === "closed" ? "closed" : "open";
  const schedule = plan.object("load").object("schedule");
  const isEven = ["uniform", "poisson"].includes(schedule.text("kind") ?? "");
  const offeredPerS = isEven ? schedule.number("ratePerS") : undefined;
  const lost = (run.object("counts").number("lost") ?? 0) + (run.object("counts").number("missing") ?? 0);
  const isOverloaded = reasons.has("overloaded");
  // What is disturbed, or waits for its consumers' work, does not show what a broker can do.
  const isPlain = isPlainPlan(plan) && !isOverloaded && lost === 0 && !reasons.has("guarantee");
  const subscriptions = plan.object("stream").number("subscriptions") ?? 1;
  const guarantee = run.object("guarantee");
  return {
    kind: "run",
    id,
    startedAt,
    machine,
    target: name,
    mode,
    version: target.text("version") ?? "",
    profile: plan.text("profile") ?? "",
    durability,
    hasOneCopy: keepsOneCopy(target.object("options")),
    load,
    ...(offeredPerS === undefined ? {} : { offeredPerS }),
    sizeBytes: sizeOf(plan.object("message").object("size")),
    partitions: plan.object("stream").number("partitions") ?? 1,
    subscriptions,
    offered,
    lost,
    ...(isPlain ? numbersOf(run, load === "open" && isEven, subscriptions, durability) : {}),
    isOverloaded,
    failedThreshold: reasons.has("threshold"),
    findings: new Map(
      run.list("findings").map((f) => [f.text("code") ?? "", f.number("count") ?? 0] as const),
    ),
    ...(plan.object("prediction").text("finding") === undefined
      ? {}
      : { prediction: plan.object("prediction").text("finding")! }),
    faults: run.list("faults").map((f) => ({
      kind: f.text("kind") ?? "",
      side: f.text("side") ?? "",
      bit: f.object("bit").value === true,
    })),
    ...(guarantee.text("verdict") === undefined
      ? {}
      : {
          guarantee: {
            name: guarantee.text("name") ?? "",
            verdict: guarantee.text("verdict")!,
            isChanged: plan.object("guarantee").object("changed").keys.length > 0,
          },
        }),
    setting: (path) => path.split(".").reduce((at, key) => at.object(key), plan).value,
  };
}

/** Nothing disturbs it, and consumers keep up as they come. */
function isPlainPlan(plan: Json): boolean {
  const consumers = plan.object("consumers");
  return (
    plan.list("faults").length === 0 &&
    consumers.text("start") === "with-producers" &&
    consumers.number("workNs") === 0 &&
    consumers.object("requeue").value === undefined &&
    consumers.object("deduplicate").value === undefined &&
    plan.object("producers").object("transaction").value === undefined
  );
}

function numbersOf(
  run: Json,
  hasLatency: boolean,
  subscriptions: number,
  { copies }: DurabilityClass,
): Partial<Pick<RunFact, "rate" | "p50" | "p99">> {
  const rates = run.object("rates");
  const produced = copies === "none" ? "sent" : "publish";
  const [published, consumed, achieved, offered] = [produced, "consume", "achieved", "offered"].map((k) =>
    rates.number(k),
  );
  const keptUp = achieved === undefined || achieved >= 0.99;
  // What was sent faster than it was consumed is a backlog, and no rate that a job could rely on.
  const rate =
    published === undefined || consumed === undefined || !keptUp
      ? undefined
      : soundRate(
          run,
          [`rate.${produced}`, "rate.consume"],
          Math.min(published, consumed / subscriptions, offered ?? published),
        );
  const e2e = run.object("latency").object("e2e_response");
  const p50 = hasLatency ? soundLatency(run, e2e, "50") : undefined;
  const p99 = hasLatency ? soundLatency(run, e2e, "99") : undefined;
  return {
    ...(rate === undefined ? {} : { rate }),
    ...(p50 === undefined ? {} : { p50 }),
    ...(p99 === undefined ? {} : { p99 }),
  };
}

function soundRate(run: Json, metrics: readonly string[], value: number): Measured | undefined {
  const verdicts = metrics.map((m) => run.object("validity").object(m).text("verdict"));
  if (value <= 0 || verdicts.includes("invalid")) return undefined;
  return { value, validity: verdicts.every((v) => v === "valid") ? "valid" : "unchecked" };
}

function soundLatency(run: Json, latency: Json, percentile: "50" | "99"): Measured | undefined {
  const value = latency.object("percentiles").number(percentile);
  const count = latency.number("count") ?? 0;
  const censored = latency.number("censored") ?? 0;
  // A percentile among those that are only lower bounds is one itself.
  if (value === undefined || Math.ceil((Number(percentile) / 100) * count) > count - censored)
    return undefined;
  const validity = run.object("validity").object(`e2e_response.p${percentile}`);
  const ownNs = validity.number("ownNs");
  switch (validity.text("verdict")) {
    case "valid":
      return { value, validity: "valid" };
    case "invalid":
      return ownNs === undefined ? undefined : { value, validity: "at-most", ownNs };
    default:
      return { value, validity: "unchecked" };
  }
}

function durabilityOf(durability: Json): DurabilityClass | undefined {
  const copies = COPIES.find((c) => c === durability.text("copies"));
  const flush = FLUSH.find((f) => f === durability.text("flush"));
  return copies && flush ? { copies, flush } : undefined;
}

/** As far as the target's options tell: a single node cannot keep two. */
function keepsOneCopy(options: Json): boolean {
  const kept =
    options.number("replicationFactor") ?? options.number("queueMembers") ?? options.number("nodes");
  return kept === 1;
}

function sizeOf(size: Json): number {
  const [least, most] = [size.number("minBytes"), size.number("maxBytes")];
  if (least !== undefined && most !== undefined) return (least + most) / 2;
  const choices = size.list("choices").map((c) => [c.number("bytes") ?? 0, c.number("weight") ?? 0] as const);
  const weight = choices.reduce((n, [, w]) => n + w, 0);
  return weight > 0 ? choices.reduce((n, [b, w]) => n + b * w, 0) / weight : (size.number("bytes") ?? 0);
}

function isDate(text: string | undefined): text is string {
  return text !== undefined && /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text));
}
