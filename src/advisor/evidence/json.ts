/** Reads fields of a document that anybody may have written: what is not of the type asked for is undefined. */
export interface Json {
  text(key: string): string | undefined;
  number(key: string): number | undefined;
  object(key: string): Json;
  list(key: string): readonly Json[];
  /** Its own keys. */
  readonly keys: readonly string[];
  /** Whatever stands there. */
  readonly value: unknown;
}

/** More than this of a text is no name, version or sentence. */
const MAX_TEXT = 300;

export function jsonOf(value: unknown): Json {
  const at = (key: string): unknown =>
    typeof value === "object" && value !== null && Object.hasOwn(value, key)
      ? (value as Readonly<Record<string, unknown>>)[key]
      : undefined;
  return {
    value,
    keys: typeof value === "object" && value !== null ? Object.keys(value) : [],
    text(key) {
      const found = at(key);
      // It is printed: no escape sequences, no line breaks.
      return typeof found === "string" ? found.replace(/\p{Cc}+/gu, " ").slice(0, MAX_TEXT) : undefined;
    },
    number(key) {
      const found = at(key);
      return typeof found === "number" && Number.isFinite(found) ? found : undefined;
    },
    object: (key) => jsonOf(at(key)),
    list(key) {
      const found = at(key);
      return Array.isArray(found) ? found.map(jsonOf) : [];
    },
  };
}
