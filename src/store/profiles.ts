import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, extname, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf, UserError } from "../model/errors.ts";

/** A profile's file, as it is. */
export interface ProfileFile {
  /** Its file's name without folder and extension. */
  readonly name: string;
  /** Absolute, links resolved. */
  readonly path: string;
  /** As messages show it: short where it can be. */
  readonly label: string;
  readonly text: string;
}

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const SHIPPED = resolve(PACKAGE, "profiles");

/**
 * Finds and reads a profile. What has a slash or ends in .yaml is a path, relative to the file that extends it
 * or to the working folder; anything else is the name of a shipped profile.
 * @throws UserError `UNKNOWN_PROFILE`, `NO_PROFILE_FILE`
 */
export function readProfile(reference: string, from?: { readonly path: string }): ProfileFile {
  if (!isPath(reference)) return readShipped(reference);
  const path = resolve(from ? dirname(from.path) : process.cwd(), reference);
  try {
    return load(path);
  } catch (cause) {
    throw new UserError(`cannot read the profile ${labelOf(path)}: ${messageOf(cause)}`, {
      code: "NO_PROFILE_FILE",
      hints: [`Give the path of a YAML file, or one of ${shippedProfiles().join(", ")}.`],
      cause,
    });
  }
}

/** Names of the profiles that mqbench ships: the default first, the others by name. */
export function shippedProfiles(): readonly string[] {
  const names = readdirSync(SHIPPED)
    .filter((file) => extname(file) === ".yaml")
    .map((file) => basename(file, ".yaml"));
  return names.sort(
    (a, b) => Number(b === DEFAULT_PROFILE) - Number(a === DEFAULT_PROFILE) || (a < b ? -1 : 1),
  );
}

/** What `mqbench run` runs when it is told nothing. */
export const DEFAULT_PROFILE = "quick";

let profileSchema: Readonly<Record<string, unknown>> | undefined;

/** schemas/profile-v1.json, parsed; the same object each time. */
export function readProfileSchema(): Readonly<Record<string, unknown>> {
  profileSchema ??= JSON.parse(readFileSync(resolve(PACKAGE, "schemas/profile-v1.json"), "utf8"));
  return profileSchema as Readonly<Record<string, unknown>>;
}

function isPath(reference: string): boolean {
  return reference.includes("/") || reference.includes(sep) || [".yaml", ".yml"].includes(extname(reference));
}

function readShipped(name: string): ProfileFile {
  const names = shippedProfiles();
  if (names.includes(name)) return load(resolve(SHIPPED, `${name}.yaml`));
  throw new UserError(`there is no profile "${name}"`, {
    code: "UNKNOWN_PROFILE",
    hints: [`Choose one of ${names.join(", ")}, or give the path of a YAML file, such as ./${name}.yaml.`],
  });
}

function load(path: string): ProfileFile {
  const text = readFileSync(path, "utf8");
  const real = realpathSync(path);
  return { name: basename(real, extname(real)), path: real, label: labelOf(real), text };
}

/** A shipped profile is named as in the project wherever it is installed. */
function labelOf(path: string): string {
  if (path.startsWith(SHIPPED + sep)) return relative(PACKAGE, path);
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
