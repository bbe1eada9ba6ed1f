import { Ajv2020, type AnySchemaObject, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { nearest } from "../../model/suggest.ts";
import { isTree, type Layer, originText } from "./layer.ts";
import type { Problem } from "./problem.ts";

/** schemas/profile-v1.json, parsed: the one list of keys, defaults and units. */
export type ProfileSchema = AnySchemaObject;

/** Compiling one takes longer than all that is checked with it. */
const compiled = new WeakMap<ProfileSchema, ValidateFunction>();

function validatorOf(schema: ProfileSchema): ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, verbose: true, strictTypes: false, strictRequired: false });
  const validate = compiled.get(schema) ?? ajv.compile(schema);
  compiled.set(schema, validate);
  return validate;
}

/** Checks layers against the schema; every problem has a place. */
export function createSchemaCheck(schema: ProfileSchema): (layer: Layer) => readonly Problem[] {
  const validate = validatorOf(schema);
  return (layer) => {
    validate(layer.tree);
    // Of nothing at all it is enough to say that it is nothing.
    const errors = (validate.errors ?? []).filter((e) => e.data !== null || e.keyword === "type");
    return errors.map((e) => problemOf(e, layer));
  };
}

function problemOf(error: ErrorObject, layer: Layer): Problem {
  const at = error.instancePath.split("/").slice(1).map(unescapePointer);
  const extra = error.params.additionalProperty as string | undefined;
  const path = extra === undefined ? at : [...at, extra];
  const where = originText(layer.origin(path, extra === undefined ? undefined : "key"));
  const name = path.join(".");
  const { message, hint } = wording(error, name);
  return { where, path: name, message, ...(hint === undefined ? {} : { hint }) };
}

function unescapePointer(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

function wording(error: ErrorObject, name: string): { message: string; hint?: string } {
  const schema = error.parentSchema ?? {};
  const value = JSON.stringify(error.data);
  switch (error.keyword) {
    case "additionalProperties": {
      const known = Object.keys((schema.properties as object | undefined) ?? {});
      const key = String(error.params.additionalProperty);
      const guess = nearest(key, known);
      const hint = `${place(name)} can have ${known.join(", ")}.`;
      return { message: `unknown key "${key}"${guess ? `, did you mean "${guess}"?` : ""}`, hint };
    }
    case "enum": {
      const allowed = (error.params.allowedValues as unknown[]).map(String);
      const guess = nearest(String(error.data), allowed);
      return {
        message: `${name}: ${value} is not one of ${allowed.join(", ")}${guess ? `, did you mean "${guess}"?` : ""}`,
      };
    }
    case "required":
      return { message: `${name}: "${String(error.params.missingProperty)}" is missing` };
    case "minItems":
      return { message: `${name} is an empty list` };
    case "minimum":
    case "exclusiveMinimum":
    case "maximum":
      if (schema.title === "a duration") break;
      return { message: `${name}: ${value} ${error.message ?? "is out of range"}` };
    case "type":
      if (error.data === null)
        return { message: `${name} has no value`, hint: `Give ${name} a value, or remove it.` };
      if (isTree(error.data)) return { message: `${name} takes no keys` };
      if (schema.title === undefined)
        return { message: `${name}: ${value} is not ${typeWords(error.params.type)}` };
  }
  const title = typeof schema.title === "string" ? schema.title : undefined;
  if (title === undefined) return { message: `${name} ${error.message ?? "is wrong"}` };
  const examples = (schema.examples as unknown[] | undefined)
    ?.filter((e) => typeof e !== "object")
    .join(", ");
  return {
    message: `${name}: ${value} is not ${title}`,
    ...(examples ? { hint: `Write ${name} like ${examples}.` } : {}),
  };
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: "a map of keys",
  array: "a list",
  string: "a text",
  boolean: "true or false",
  integer: "a whole number",
  number: "a number",
};

function typeWords(type: unknown): string {
  return [type]
    .flat()
    .map((t) => TYPE_WORDS[String(t)] ?? String(t))
    .join(" or ");
}

function place(name: string): string {
  const parent = name.split(".").slice(0, -1).join(".");
  return parent === "" ? "A profile" : parent;
}
