import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

/** Where a run.json breaks schemas/run-v1.json, in words; empty when it does not. */
export function problemsOf(value: unknown): readonly string[] {
  const validate = validator();
  if (validate(value)) return [];
  return (validate.errors ?? []).map((e) => `${e.instancePath || "the document"} ${e.message ?? "is wrong"}`);
}

let compiled: ValidateFunction | undefined;

function validator(): ValidateFunction {
  if (compiled === undefined) {
    const schema = new URL("../../schemas/run-v1.json", import.meta.url);
    compiled = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
      JSON.parse(readFileSync(schema, "utf8")) as object,
    );
  }
  return compiled;
}
