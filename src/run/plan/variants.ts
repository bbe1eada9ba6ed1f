import { UserError } from "../../model/errors.ts";
import type { RowPlan } from "../../model/guarantee.ts";
import type { PlanTarget } from "./build.ts";
import { cannotGive, guaranteeOf, type TargetGuarantee, withGuarantee } from "./guarantees.ts";
import { type Layer, originText } from "./layer.ts";
import { type MatrixRow, matrixRows, predictionFor } from "./matrix.ts";
import { mergeLayers, type Setting } from "./merge.ts";
import type { Problem } from "./problem.ts";
import type { ProfileSchema } from "./schema.ts";

/** What is resolved by itself: all targets of a point, or one of them where a guarantee or a matrix is about it. */
export interface Variant {
  readonly layers: readonly Layer[];
  readonly guarantee?: TargetGuarantee;
  readonly row?: {
    /** The same for all targets of the row. */
    readonly key: number;
    readonly plan: Omit<RowPlan, "fault">;
  };
}

export interface VariantContext {
  readonly schema: ProfileSchema;
  /** Every problem of a layer with the schema. */
  check(layer: Layer): readonly Problem[];
  /** @throws UserError */
  resolveTarget(text: string): PlanTarget;
  /** Faults that came by flag. */
  readonly faultFlags: readonly string[];
}

/**
 * Splits a point of a series where it has to be: what a guarantee sets differs by system, and a matrix has rows. The
 * targets of a row stay next to each other.
 * @param layers of the point; the last two are those of the environment and of the flags
 */
export function variantsOf(
  layers: readonly Layer[],
  context: VariantContext,
  problems: Problem[],
): readonly Variant[] {
  const settings = settingsOf(layers, context);
  // Of a list with a mistake there are no rows, and the mistake will be told.
  if (layers.some((l) => l.tree.matrix !== undefined && context.check(l).length > 0)) return [{ layers }];
  const rows = matrixRows(settings, layers, problems);
  if (rows === undefined) return perTarget(layers, undefined, context, problems);
  for (const where of ownDecisions(settings.get("guarantee"), layers, context))
    problems.push({
      where,
      path: "matrix",
      message: "a matrix has its own guarantees and faults",
      hint: "Leave it out, or run one configuration by itself: mqbench run guarantee.",
    });
  const variants = rows.flatMap((row, key) =>
    perTarget(
      [...layers.slice(0, -2), ...row.layers, ...layers.slice(-2)],
      { ...row, key },
      context,
      problems,
    ),
  );
  for (const text of targetsOf(settings.get("targets")))
    if (!variants.some((v) => targetsOf(v.layers.at(-1)?.tree.targets).includes(text)))
      problems.push({
        where: placeOf(settings.get("targets")),
        path: "matrix.rows",
        message: `the matrix has no row for ${text}`,
        hint: "Leave that target out, or add rows that predict something for its system.",
      });
  return variants;
}

function perTarget(
  layers: readonly Layer[],
  row: (MatrixRow & { readonly key: number }) | undefined,
  context: VariantContext,
  problems: Problem[],
): readonly Variant[] {
  const settings = settingsOf(layers, context);
  const named = settings.get("guarantee");
  if (named === undefined && row === undefined) return [{ layers }];
  return targetsOf(settings.get("targets")).flatMap((text): readonly Variant[] => {
    const only = targetLayer(text, settings.get("targets"), layers);
    const target = resolved(text, context);
    // Resolving it will say what is wrong with it.
    if (target === undefined) return [{ layers: [...layers, only] }];
    const prediction = row && predictionFor(row, target);
    if (row !== undefined && prediction === undefined) return [];
    const guarantee = named && guaranteeOf(String(named.value), target);
    if (named !== undefined && guarantee === undefined)
      problems.push(cannotGive(String(named.value), target, placeOf(named)));
    return [
      {
        layers: [...(guarantee ? withGuarantee(layers, guarantee) : layers), only],
        ...(guarantee ? { guarantee } : {}),
        ...(row && prediction
          ? {
              row: {
                key: row.key,
                plan: {
                  configuration: row.configuration,
                  load: row.load,
                  ...prediction,
                },
              },
            }
          : {}),
      },
    ];
  });
}

/** Where somebody asks for a guarantee or a fault of all rows. */
function ownDecisions(
  guarantee: Setting | undefined,
  layers: readonly Layer[],
  { faultFlags }: VariantContext,
): readonly string[] {
  const isOver = layers.slice(-2).some((layer) => layer.tree.guarantee !== undefined);
  return [
    ...(guarantee !== undefined && isOver ? [placeOf(guarantee)] : []),
    ...faultFlags.map((text) => `--fault '${text}'`),
  ];
}

function settingsOf(
  layers: readonly Layer[],
  { schema, check }: VariantContext,
): ReturnType<typeof mergeLayers> {
  const broken = new Set(layers.flatMap(check).map((p) => p.path));
  return mergeLayers(layers, schema, broken);
}

/** The topmost layer: one target of those that were given, with its place. */
function targetLayer(text: string, targets: Setting | undefined, layers: readonly Layer[]): Layer {
  const from = layers[(targets?.level ?? 0) - 1];
  const i = targetsOf(targets).indexOf(text);
  return {
    tree: { targets: [text] },
    origin: () => from?.origin(["targets", String(i)]) ?? { kind: "default" },
  };
}

function targetsOf(given: unknown): readonly string[] {
  const list = typeof given === "object" && given !== null && "value" in given ? given.value : given;
  return Array.isArray(list) ? list.map(String) : [];
}

function resolved(text: string, context: VariantContext): PlanTarget | undefined {
  try {
    return context.resolveTarget(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return undefined;
  }
}

function placeOf(setting: Setting | undefined): string {
  return setting === undefined ? "default" : originText(setting.origin);
}
