import { type ProfileSource, parseProfile } from "./document.ts";
import { problemsError } from "./problem.ts";

/** What a list of profiles shows. */
export interface ProfileDescription {
  readonly name: string;
  readonly file: string;
  readonly summary: string;
  readonly targets: readonly string[];
  readonly extends: string | null;
  readonly notes: string;
}

/** @throws UserError `BAD_PLAN` when the file is no YAML. Its values are not checked. */
export function describeProfile(source: ProfileSource): ProfileDescription {
  const { layer, problems } = parseProfile(source);
  if (problems.length > 0) throw problemsError(problems);
  const { summary, targets, notes } = layer.tree;
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return {
    name: source.name,
    file: source.label,
    summary: text(summary),
    targets: Array.isArray(targets) ? targets.map(String) : [],
    extends: text(layer.tree.extends) || null,
    notes: text(notes),
  };
}
