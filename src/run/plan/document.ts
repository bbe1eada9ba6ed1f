import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from "yaml";
import { messageOf } from "../../model/errors.ts";
import { isTree, type Layer, type Origin, type Path } from "./layer.ts";
import type { Problem } from "./problem.ts";

/** The text of one profile. */
export interface ProfileSource {
  /** Its file's name without folder and extension. */
  readonly name: string;
  readonly path: string;
  /** The path as messages show it. */
  readonly label: string;
  readonly text: string;
}

/** Parses a profile, keeping the place of every value. A text that is no YAML gives problems and an empty layer. */
export function parseProfile(source: ProfileSource): { layer: Layer; problems: readonly Problem[] } {
  const lines = new LineCounter();
  const document = parseDocument(source.text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset);
    return { kind: "file", file: source.label, line, column: col };
  };
  const problem = (offset: number, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { where: `${source.label}:${line}:${col}`, path: "", message };
  };
  const problems = document.errors.map((e) => problem(e.pos[0], e.message));
  let tree: unknown = {};
  if (problems.length === 0)
    try {
      tree = document.toJS() ?? {};
      // Throws where an alias contains itself.
      JSON.stringify(tree);
    } catch (error) {
      // An alias to nothing, or a bomb of aliases: only found when they are followed.
      tree = {};
      problems.push(problem(0, error instanceof TypeError ? "an alias contains itself" : messageOf(error)));
    }
  if (!isTree(tree)) problems.push(problem(0, "a profile is a map of keys, such as `load:`"));
  const layer: Layer = {
    tree: isTree(tree) ? tree : {},
    origin: (path, part) => at(offsetOf(document, path, part)),
  };
  return { layer, problems };
}

/** Where the value at `path`, or the nearest thing above it that exists, begins. */
function offsetOf(document: Document, path: Path, part: "key" | undefined): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [i, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    let key: unknown;
    if (isMap(node)) {
      const pair = node.items.find((p) => String(isScalar(p.key) ? p.key.value : p.key) === step);
      key = pair?.key;
      node = pair?.value;
    } else if (isSeq(node)) node = node.items[Number(step)];
    else return offset;
    const keyWanted = part === "key" && i === path.length - 1;
    offset = (keyWanted ? startOf(key) : startOf(node)) ?? startOf(key) ?? offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}
