import type { RowPlan } from "../../model/guarantee.ts";
import type { FindingCode } from "../../model/result.ts";
import type { TargetName } from "../../model/target.ts";
import { type Layer, originText, type Tree } from "./layer.ts";
import type { Settings } from "./merge.ts";
import type { Problem } from "./problem.ts";

/** A row of a matrix, before it is known on which targets it runs. */
export interface MatrixRow {
  readonly configuration: string;
  readonly load: RowPlan["load"];
  /** The configuration's settings, then the row's own. */
  readonly layers: readonly Layer[];
  /** By system, or `system:mode`; where a system is absent, the row does not run on it. */
  readonly predict: Readonly<Record<string, Prediction>>;
}

interface Prediction {
  readonly must?: readonly FindingCode[];
  readonly may?: readonly FindingCode[];
}

/** As a profile writes them; the schema promises these shapes. */
interface RawConfiguration {
  readonly name: string;
  readonly guarantee?: string;
  readonly settings?: Tree;
}

interface RawRow {
  readonly configuration: string;
  readonly faults: readonly Tree[];
  readonly settings?: Tree;
  readonly predict: Readonly<Record<string, Prediction>>;
}

const CONFIGURATIONS = "matrix.configurations";
const ROWS = "matrix.rows";
/** Keys that only say how a matrix is made. */
export const MATRIX_KEYS: readonly string[] = [CONFIGURATIONS, ROWS];

/** Without a fault nothing may be found. */
const NOTHING: Prediction = {};

/**
 * The rows of a profile with a matrix, configuration by configuration; undefined where it has none. Each configuration
 * begins with a row in a closed loop and one without a fault, which is the control: together its price.
 */
export function matrixRows(
  settings: Settings,
  layers: readonly Layer[],
  problems: Problem[],
): readonly MatrixRow[] | undefined {
  const configurations = listOf<RawConfiguration>(settings, layers, CONFIGURATIONS);
  const rows = listOf<RawRow>(settings, layers, ROWS);
  if (configurations === undefined && rows === undefined) return undefined;
  const names = configurations?.items.map((c) => c.name) ?? [];
  rows?.items.forEach(({ configuration }, i) => {
    if (!names.includes(configuration))
      problems.push({
        where: originText(rows.layer.origin([...ROWS.split("."), String(i), "configuration"])),
        path: ROWS,
        message: `there is no configuration "${configuration}" in this matrix`,
        hint: `It has ${names.join(", ") || "none"}; add it to ${CONFIGURATIONS}.`,
      });
  });
  return (configurations?.items ?? []).flatMap((configuration, c) => {
    const own = configurationLayer(configuration, configurations!.layer, c);
    const mine = (rows?.items ?? []).flatMap((row, r) =>
      row.configuration === configuration.name ? [{ row, r }] : [],
    );
    const systems = new Set(mine.flatMap(({ row }) => Object.keys(row.predict)));
    const calm = Object.fromEntries([...systems].map((system) => [system, NOTHING]));
    const price = (load: RowPlan["load"], tree: Tree): MatrixRow => ({
      configuration: configuration.name,
      load,
      layers: [own, { tree, origin: () => ({ kind: "default" }) }],
      predict: calm,
    });
    return [
      // First what is of no latency: a broker that was just started makes its groups' store in its first run.
      price("throughput", { faults: [], load: { loop: "closed" } }),
      price("rate", { faults: [] }),
      ...mine.map(({ row, r }) => ({
        configuration: configuration.name,
        load: "rate" as const,
        layers: [own, rowLayer(row, rows!.layer, r)],
        predict: row.predict,
      })),
    ];
  });
}

/** What is predicted for a target; undefined where the row is not for it. */
export function predictionFor(
  row: MatrixRow,
  { system, mode }: TargetName,
): Pick<RowPlan, "must" | "may"> | undefined {
  const own = row.predict[`${system}:${mode}`] ?? row.predict[system];
  return own && { must: own.must ?? [], may: own.may ?? [] };
}

function configurationLayer({ guarantee, settings = {} }: RawConfiguration, file: Layer, i: number): Layer {
  const at = [...CONFIGURATIONS.split("."), String(i)];
  const named = guarantee === undefined ? {} : { guarantee };
  return {
    tree: { ...settings, ...named },
    origin: (path, part) =>
      file.origin(path[0] === "guarantee" ? [...at, ...path] : [...at, "settings", ...path], part),
  };
}

function rowLayer({ faults, settings = {} }: RawRow, file: Layer, i: number): Layer {
  const at = [...ROWS.split("."), String(i)];
  return {
    tree: { ...settings, faults },
    origin: (path, part) =>
      file.origin(path[0] === "faults" ? [...at, ...path] : [...at, "settings", ...path], part),
  };
}

/** A list, and the layer that it was written in. */
function listOf<T>(
  settings: Settings,
  layers: readonly Layer[],
  key: string,
): { readonly items: readonly T[]; readonly layer: Layer } | undefined {
  const setting = settings.get(key);
  const layer = layers[(setting?.level ?? 0) - 1];
  return setting && layer ? { items: setting.value as readonly T[], layer } : undefined;
}
