import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

/** What has a schema in schemas/. */
export type SchemaName = "run-v1" | "limit-v1" | "probe-v1";

/** Where a document breaks its schema, in words; empty when it does not. */
export function problemsOf(value: unknown, name: SchemaName): readonly string[] {
  const validate = validatorOf(name);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((e) => `${e.instancePath || "the document"} ${e.message ?? "is wrong"}`);
}

const compiled = new Map<SchemaName, ValidateFunction>();

function validatorOf(name: SchemaName): ValidateFunction {
  const known = compiled.get(name);
  if (known) return known;
  const schema = new URL(`../../schemas/${name}.json`, import.meta.url);
  const made = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(schema, "utf8")) as object,
  );
  compiled.set(name, made);
  return made;
}
