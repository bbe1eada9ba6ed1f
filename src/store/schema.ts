import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import type { RunResult } from "../model/result.ts";

/** Where run.json breaks its schema, in words; empty when it does not. */
export function problemsOf(value: unknown): readonly string[] {
  const validate = validator();
  if (validate(value)) return [];
  return (validate.errors ?? []).map((e) => `${e.instancePath || "the document"} ${e.message ?? "is wrong"}`);
}

/** @throws Error (a bug) when a result that we made breaks our own schema */
export function assertRunResult(value: RunResult): void {
  const problems = problemsOf(value);
  if (problems.length > 0) throw new Error(`run.json breaks its schema: ${problems.slice(0, 5).join("; ")}`);
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
