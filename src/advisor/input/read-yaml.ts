import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { parse } from "yaml";

/** The definitions of schemas/advisor-v1.json, one for each kind of file. */
export type FileKind =
  | "questions"
  | "contradictions"
  | "candidates"
  | "rules"
  | "sources"
  | "proofs"
  | "claims"
  | "evidence"
  | "settings"
  | "resembling"
  | "texts";

/**
 * One file of the advisor's own knowledge, parsed and checked.
 * @throws Error where it is no YAML or breaks its schema: a fault of the project, not of its user
 */
export function readChecked<T>(file: URL, kind: FileKind): T {
  const value: unknown = parse(readFileSync(file, "utf8"));
  const problems = schemaProblems(value, kind);
  if (problems.length > 0) throw new Error(`${file.pathname.split("/").at(-1)}: ${problems.join("; ")}`);
  return value as T;
}

/** Where a value breaks the schema of its kind of file, in words. */
export function schemaProblems(value: unknown, kind: FileKind): readonly string[] {
  const validate = validatorOf(kind);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((e) => `${nameAt(value, e.instancePath)} ${e.message ?? "is wrong"}`);
}

/** `/3/because` with the id of the entry, where it has one. */
function nameAt(value: unknown, path: string): string {
  const index = /^\/(\d+)/.exec(path)?.[1];
  const entry =
    index === undefined ? undefined : ((value as readonly unknown[])[Number(index)] as { id?: unknown });
  return typeof entry?.id === "string" ? `${entry.id} (${path})` : path || "the file";
}

let ajv: Ajv2020 | undefined;

function validatorOf(kind: FileKind): ValidateFunction {
  ajv ??= new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false }).addSchema(
    JSON.parse(readFileSync(new URL("../../../schemas/advisor-v1.json", import.meta.url), "utf8")) as object,
  );
  return ajv.getSchema(`advisor-v1.json#/$defs/${kind}`)!;
}
