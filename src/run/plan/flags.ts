import { parse } from "yaml";
import { messageOf } from "../../model/errors.ts";
import type { Layer, Origin, Path } from "./layer.ts";
import type { Problem } from "./problem.ts";

/** The flags that set one key of the profile. Each takes a list, which makes a series; each has MQBENCH_<NAME>. */
export const SETTING_FLAGS = {
  rate: "load.rate",
  size: "message.size",
  duration: "phases.measure",
  warmup: "phases.warmup",
  messages: "phases.messages",
  partitions: "stream.partitions",
  subscriptions: "stream.subscriptions",
  producers: "producers.count",
  consumers: "consumers.count",
  "in-flight": "producers.maxInFlight",
  prefetch: "consumers.prefetch",
  durability: "durability",
  guarantee: "guarantee",
  seed: "seed",
} as const;

type SettingFlag = keyof typeof SETTING_FLAGS;

/** What `mqbench run` was given, as text. */
export type PlanFlags = { readonly [flag in SettingFlag]?: string | undefined } & {
  readonly on?: readonly string[] | undefined;
  /** `2+2`: agents of the producers and of the consumers. */
  readonly agents?: string | undefined;
  /** Objectives of a rate search: thresholds of every step. */
  readonly slo?: readonly string[] | undefined;
  readonly threshold?: readonly string[] | undefined;
  /** `pause at=3s for=500ms` */
  readonly fault?: readonly string[] | undefined;
  readonly set?: readonly string[] | undefined;
  readonly repeat?: number | undefined;
};

/** One setting and the values that a series gives it: usually one. */
export interface Axis {
  readonly path: Path;
  readonly values: readonly unknown[];
  readonly origin: Origin;
}

export interface Given {
  readonly axes: readonly Axis[];
  readonly problems: readonly Problem[];
}

/** The `MQBENCH_*` variables that stand for flags. An empty one counts as not set. */
export function environmentAxes(env: Readonly<Record<string, string | undefined>>): Given {
  const axes: Axis[] = [];
  const problems: Problem[] = [];
  for (const [flag, path] of [...Object.entries(SETTING_FLAGS), ["on", "targets"] as const]) {
    const name = `MQBENCH_${flag.toUpperCase().replaceAll("-", "_")}`;
    const text = env[name]?.trim();
    if (text) axes.push(axis(flag, path, text, { kind: "env", name }));
  }
  const both = "MQBENCH_AGENTS";
  const agents = env[both]?.trim();
  if (agents) addAgents(agents, { kind: "env", name: both }, axes, problems);
  return { axes, problems };
}

/** The variables among `env` that took part in a plan. */
export function planVariables(
  env: Readonly<Record<string, string | undefined>>,
): [name: string, value: string][] {
  // One variable may stand for several keys.
  const names = new Set(
    environmentAxes(env).axes.flatMap(({ origin }) => (origin.kind === "env" ? [origin.name] : [])),
  );
  return [...names].flatMap((name) => (env[name] ? [[name, env[name]] as [string, string]] : []));
}

/** The flags, and every `--set key=value`, whose value is YAML. */
export function flagAxes(flags: PlanFlags): Given {
  const axes: Axis[] = [];
  const problems: Problem[] = [];
  for (const [flag, path] of Object.entries(SETTING_FLAGS)) {
    const text = flags[flag as SettingFlag];
    if (text !== undefined) axes.push(axis(flag, path, text, { kind: "flag", name: `--${flag}` }));
  }
  if (flags.agents !== undefined) addAgents(flags.agents, { kind: "flag", name: "--agents" }, axes, problems);
  if (flags.on?.length) axes.push(axis("on", "targets", flags.on.join(","), { kind: "flag", name: "--on" }));
  for (const text of flags.set ?? []) {
    const given = setAxis(text);
    if ("message" in given) problems.push(given);
    else {
      const key = given.path.join(".");
      const same = axes.find((a) => a.path.join(".") === key);
      if (same)
        problems.push({
          where: `--set ${key}`,
          path: key,
          message: `${key} is also given by ${nameOf(same)}`,
        });
      axes.push(given);
    }
  }
  return { axes, problems };
}

/** One combination of the axes' values as a layer. */
export function axesLayer(choice: readonly { readonly axis: Axis; readonly value: unknown }[]): Layer {
  const tree: Record<string, unknown> = {};
  for (const { axis, value } of choice) {
    let at = tree;
    for (const step of axis.path.slice(0, -1)) {
      const below = Object.hasOwn(at, step) ? at[step] : undefined;
      const child = typeof below === "object" && below !== null ? (below as Record<string, unknown>) : {};
      define(at, step, child);
      at = child;
    }
    define(at, axis.path.at(-1)!, value);
  }
  const origin = (path: Path): Origin =>
    choice.findLast(({ axis: a }) => a.path.every((step, i) => path[i] === undefined || path[i] === step))
      ?.axis.origin ?? {
      kind: "flag",
      name: "flags",
    };
  return { tree, origin };
}

/** As an own property whatever its name: `--set __proto__.x=1` is an unknown key like any other. */
function define(at: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(at, key, { value, enumerable: true, configurable: true, writable: true });
}

function axis(flag: string, path: string, text: string, origin: Origin): Axis {
  const items = text.split(",").map((t) => t.trim());
  // Targets are one value that is a list; its own loop over targets makes the runs.
  return { path: path.split("."), values: flag === "on" ? [items] : items, origin };
}

/** One flag for two keys, because who asks for agents thinks of both sides. */
function addAgents(
  text: string,
  origin: Extract<Origin, { kind: "env" | "flag" }>,
  axes: Axis[],
  problems: Problem[],
): void {
  const [, produce, consume] = /^\s*(\d+)\s*\+\s*(\d+)\s*$/.exec(text) ?? [];
  if (produce === undefined || consume === undefined) {
    const message = `"${text}" is not agents of the producers + agents of the consumers`;
    problems.push({ where: origin.name, path: "agents", message, hint: `Write ${origin.name} 2+2.` });
    return;
  }
  axes.push(
    { path: ["agents", "produce"], values: [Number(produce)], origin },
    { path: ["agents", "consume"], values: [Number(consume)], origin },
  );
}

function setAxis(text: string): Axis | Problem {
  const where = `--set ${text}`;
  const equals = text.indexOf("=");
  const key = text.slice(0, equals).trim();
  if (equals <= 0 || key.split(".").some((step) => step === ""))
    return { where, path: "", message: "is not key=value", hint: "Write --set consumers.sharing=compete." };
  try {
    const value: unknown = parse(text.slice(equals + 1));
    return { path: key.split("."), values: [value], origin: { kind: "flag", name: `--set ${key}` } };
  } catch (error) {
    return { where, path: key, message: `the value is not YAML: ${messageOf(error).split("\n")[0]}` };
  }
}

function nameOf(a: Axis): string {
  return a.origin.kind === "flag" ? a.origin.name : "another flag";
}
