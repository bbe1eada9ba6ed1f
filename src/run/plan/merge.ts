import { isTree, type Layer, type Origin, type Path, type Tree } from "./layer.ts";
import type { ProfileSchema } from "./schema.ts";

/** One value of the resolved profile. */
export interface Setting {
  readonly path: Path;
  /** As it was written, units and all. */
  readonly value: unknown;
  readonly origin: Origin;
  /** Which layer it is from; the higher one won. 0 is the defaults. */
  readonly level: number;
}

/** Dotted key → value. Lists and everything below `options.<system>.<key>` are one value each. */
export type Settings = Map<string, Setting>;

/**
 * Later layers win; maps are merged key by key, lists and single values replace. What the schema found
 * broken (`broken`, dotted) is left out, so that the rest can be checked.
 */
export function mergeLayers(
  layers: readonly Layer[],
  schema: ProfileSchema,
  broken: ReadonlySet<string>,
): Settings {
  const settings: Settings = new Map();
  layers.forEach((layer, i) => {
    for (const [path, value] of leaves(layer.tree, [])) {
      const key = path.join(".");
      if (!touches(key, broken))
        put(settings, key, { path, value, origin: layer.origin(path), level: i + 1 });
    }
  });
  fillDefaults(settings, schema, []);
  return settings;
}

function* leaves(tree: Tree, at: Path): Generator<[Path, unknown]> {
  for (const [key, value] of Object.entries(tree)) {
    const path = [...at, key];
    // A driver's own values may be maps with dots in their keys: they are replaced whole.
    if (isTree(value) && !(path[0] === "options" && path.length > 2)) yield* leaves(value, path);
    else yield [path, value];
  }
}

/** A single value where there was a map, or the reverse, replaces it. */
function put(settings: Settings, key: string, setting: Setting): void {
  for (const other of settings.keys())
    if (other.startsWith(`${key}.`) || key.startsWith(`${other}.`)) settings.delete(other);
  settings.set(key, setting);
}

export function touches(key: string, broken: ReadonlySet<string>): boolean {
  for (const b of broken) if (b === key || b.startsWith(`${key}.`) || key.startsWith(`${b}.`)) return true;
  return false;
}

function fillDefaults(settings: Settings, schema: ProfileSchema, at: Path): void {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, ProfileSchema>>;
  for (const [name, child] of Object.entries(properties)) {
    const path = [...at, name];
    const key = path.join(".");
    if (settings.has(key)) continue;
    const isGiven = [...settings.keys()].some((k) => k.startsWith(`${key}.`));
    if ("default" in child && !isGiven)
      settings.set(key, { path, value: child.default, origin: { kind: "default" }, level: 0 });
    else if (isGiven || child.default === undefined) fillDefaults(settings, child, path);
  }
}
