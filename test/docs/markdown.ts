import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** First cell, without backticks and stars → all cells, of every table row of a document. */
export function tableRows(markdown: string): ReadonlyMap<string, readonly string[]> {
  const rows = new Map<string, readonly string[]>();
  for (const line of markdown.split("\n")) {
    if (!line.startsWith("| ")) continue;
    const cells = line
      .slice(1, line.lastIndexOf("|"))
      .split(" | ")
      .map((c) => c.trim());
    rows.set(cells[0]!.replaceAll(/[`*]/g, ""), cells);
  }
  return rows;
}

/** Names without a row, or with one that says nothing. */
export function unexplained(names: readonly string[], markdown: string): readonly string[] {
  const rows = tableRows(markdown);
  return names.filter((name) => (rows.get(name)?.slice(1).join("").length ?? 0) < 8);
}

/** Relative links of a document that lead nowhere. */
export function deadLinks(path: string, text = readText(path)): readonly string[] {
  return [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map((m) => m[1]!)
    .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(root, dirname(path), link)));
}

/** What stands in code blocks and between backticks. */
export function codeOf(markdown: string): string {
  return [...markdown.matchAll(/```\w*\n([\s\S]*?)```|`([^`\n]+)`/g)].map((m) => m[1] ?? m[2]!).join("\n");
}

/** The string literals of a union type in a source file. */
export function literalsOf(type: string, source: string): readonly string[] {
  const body = new RegExp(`export type ${type} =([^;]*);`).exec(source)?.[1] ?? "";
  return [...body.matchAll(/"([^"]+)"/g)].map((m) => m[1]!);
}
