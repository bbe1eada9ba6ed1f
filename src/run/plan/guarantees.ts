import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { GuaranteePlan } from "../../model/guarantee.ts";
import type { FindingCode } from "../../model/result.ts";
import { type TargetName, targetText } from "../../model/target.ts";
import type { Layer } from "./layer.ts";
import type { Settings } from "./merge.ts";
import type { Problem } from "./problem.ts";

/** One entry of guarantees.yaml; its schema is schemas/guarantees-v1.json. */
export interface Guarantee {
  readonly name: string;
  readonly promise: string;
  readonly allows: readonly FindingCode[];
  readonly forbids: readonly FindingCode[];
  /** By system, or `system:mode`. */
  readonly systems: Readonly<Record<string, SystemGuarantee>>;
}

interface SystemGuarantee {
  /** Dotted key of a profile → value. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Instead of those of the guarantee. */
  readonly allows?: readonly FindingCode[];
  readonly forbids?: readonly FindingCode[];
}

/** A guarantee as one target gives it. */
export type TargetGuarantee = Omit<GuaranteePlan, "changed">;

let read: readonly Guarantee[] | undefined;

/** Every guarantee that there is. */
export function readGuarantees(): readonly Guarantee[] {
  read ??= parse(readFileSync(new URL("./guarantees.yaml", import.meta.url), "utf8")) as readonly Guarantee[];
  return read;
}

/** What a target does for a guarantee; undefined where it cannot give it, or there is none of that name. */
export function guaranteeOf(name: string, target: TargetName): TargetGuarantee | undefined {
  const guarantee = readGuarantees().find((g) => g.name === name);
  const own = guarantee && systemOf(guarantee, target);
  if (guarantee === undefined || own === undefined) return undefined;
  const { allows = guarantee.allows, forbids = guarantee.forbids, settings } = own;
  return { name, promise: guarantee.promise, settings, allows, forbids };
}

/** A target that cannot give what is asked of it, with what it can give and who can give this. */
export function cannotGive(name: string, target: TargetName, where: string): Problem {
  const all = readGuarantees();
  const can = all.filter((g) => systemOf(g, target) !== undefined).map((g) => g.name);
  const others = Object.keys(all.find((g) => g.name === name)?.systems ?? {});
  return {
    where,
    path: "guarantee",
    message: `${targetText(target)} cannot give ${name}`,
    hint: `${can.length === 0 ? "It gives no guarantee that mqbench knows" : `It can give ${can.join(" or ")}`}; ${name} is given by ${others.join(", ")}.`,
  };
}

/** The guarantee's settings as a layer. */
function guaranteeLayer(guarantee: TargetGuarantee): Layer {
  const tree: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(guarantee.settings)) {
    const path = key.split(".");
    let at = tree;
    for (const step of path.slice(0, -1)) {
      at[step] ??= {};
      at = at[step] as Record<string, unknown>;
    }
    at[path.at(-1)!] = value;
  }
  return { tree, origin: () => ({ kind: "guarantee", name: guarantee.name }) };
}

/** What the plan stores: the guarantee, and which of its settings somebody else decided. */
export function guaranteePlan(guarantee: TargetGuarantee, settings: Settings): GuaranteePlan {
  const isKept = (key: string): boolean =>
    JSON.stringify(settings.get(key)?.value) === JSON.stringify(guarantee.settings[key]);
  const changed = Object.keys(guarantee.settings)
    .filter((key) => !isKept(key))
    .map((key) => [key, settings.get(key)?.value ?? null] as const);
  return { ...guarantee, changed: Object.fromEntries(changed) };
}

/**
 * Puts the guarantee's settings right below the layer that names it: what the same file says beside it, or one that
 * extends it, is explicit and wins. The last two layers are the environment and the flags, which always win.
 */
export function withGuarantee(layers: readonly Layer[], guarantee: TargetGuarantee): readonly Layer[] {
  const naming = layers.findLastIndex((layer) => layer.tree.guarantee !== undefined);
  return layers.toSpliced(Math.min(naming, layers.length - 2), 0, guaranteeLayer(guarantee));
}

function systemOf(guarantee: Guarantee, { system, mode }: TargetName): SystemGuarantee | undefined {
  return guarantee.systems[`${system}:${mode}`] ?? guarantee.systems[system];
}
