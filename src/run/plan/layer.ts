/** Where a value came from. Lines and columns count from 1. */
export type Origin =
  | { readonly kind: "default" }
  | { readonly kind: "file"; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: "guarantee"; readonly name: string }
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "flag"; readonly name: string };

export type Path = readonly string[];
export type Tree = Readonly<Record<string, unknown>>;

/** One source of settings: a file, the environment, or the flags. All have the shape of a profile. */
export interface Layer {
  readonly tree: Tree;
  /** Of a value; with `"key"` of its name, for what should not be there at all. */
  origin(path: Path, part?: "key"): Origin;
}

export function originText(origin: Origin): string {
  switch (origin.kind) {
    case "default":
      return "default";
    case "file":
      return `${origin.file}:${origin.line}:${origin.column}`;
    case "guarantee":
      return `guarantee ${origin.name}`;
    case "env":
    case "flag":
      return origin.name;
  }
}

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
