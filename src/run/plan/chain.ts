import { UserError } from "../../model/errors.ts";
import { type ProfileSource, parseProfile } from "./document.ts";
import { type Layer, originText } from "./layer.ts";
import type { Problem } from "./problem.ts";

/** Finds a profile by its name or path; `from` is the file whose `extends` says so. @throws UserError */
export type ReadProfile = (reference: string, from?: ProfileSource) => ProfileSource;

export interface Chain {
  readonly name: string;
  readonly label: string;
  /** What is extended comes first. */
  readonly layers: readonly Layer[];
  readonly problems: readonly Problem[];
}

/**
 * A profile and all that it extends.
 * @throws UserError where the profile itself cannot be read; what it extends is a problem with a place.
 */
export function readChain(reference: string, read: ReadProfile): Chain {
  const first = read(reference);
  const layers: Layer[] = [];
  const problems: Problem[] = [];
  const seen: ProfileSource[] = [];
  for (let source: ProfileSource | undefined = first; source; ) {
    seen.push(source);
    const parsed = parseProfile(source);
    layers.unshift(parsed.layer);
    problems.push(...parsed.problems);
    source = next(source, parsed.layer, seen, read, problems);
  }
  return { name: first.name, label: first.label, layers, problems };
}

function next(
  source: ProfileSource,
  layer: Layer,
  seen: readonly ProfileSource[],
  read: ReadProfile,
  problems: Problem[],
): ProfileSource | undefined {
  const reference = layer.tree.extends;
  // Anything but a text is reported by the schema.
  if (typeof reference !== "string" || reference === "") return undefined;
  const report = (message: string, hint?: string): void => {
    const where = originText(layer.origin(["extends"]));
    problems.push({ where, path: "extends", message, ...(hint === undefined ? {} : { hint }) });
  };
  try {
    const parent = read(reference, source);
    const from = seen.findIndex((s) => s.path === parent.path);
    if (from < 0) return parent;
    const circle = [...seen.slice(from), parent].map((s) => s.label).join(" → ");
    report(`profiles extend each other in a circle: ${circle}`, "Remove one `extends`.");
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    report(error.message, error.hints[0]);
  }
  return undefined;
}
