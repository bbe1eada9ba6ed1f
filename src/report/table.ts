import { paint, type Style, widthOf } from "./style.ts";

/** Columns that a report may use. */
export const WIDTH = 80;

export type Align = "left" | "right";

/**
 * Rows of cells as lines. A column is as wide as its widest cell; a cell that is undefined ends its row.
 * @param align of each column; the last one holds for all further ones
 */
export function alignTable(
  rows: readonly (readonly string[])[],
  align: readonly Align[],
  indent = 2,
  gap = 2,
): readonly string[] {
  const columns = Math.max(0, ...rows.map((r) => r.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(0, ...rows.map((r) => widthOf(r[i] ?? ""))),
  );
  return rows.map((row) =>
    (
      " ".repeat(indent) +
      row.map((cell, i) => pad(cell, widths[i]!, align[i] ?? align.at(-1)!)).join(" ".repeat(gap))
    ).trimEnd(),
  );
}

/** A table that stays within the width: with narrower gaps, or else with its columns as rows. */
export function fitTable(rows: readonly (readonly string[])[], align: readonly Align[]): readonly string[] {
  for (const gap of [3, 2, 1]) {
    const lines = alignTable(rows, align, 2, gap);
    if (lines.every((l) => widthOf(l) <= WIDTH)) return lines;
  }
  const columns = rows[0]?.length ?? 0;
  const turned = Array.from({ length: columns }, (_, i) => rows.map((r) => r[i] ?? ""));
  return alignTable(turned, ["left", "right"]);
}

/** Words as lines within the width; following lines are indented as deep as the first one's text. */
export function wrap(text: string, indent = 2, lead = ""): readonly string[] {
  const first = " ".repeat(indent) + lead;
  const rest = " ".repeat(widthOf(first));
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(/\s+/)) {
    if (!isEmpty && widthOf(line) + 1 + widthOf(word) > WIDTH) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

/**
 * One row of cells in columns of fixed width, as many lines as its highest cell needs; breaks at blanks.
 * @param dress what is done to each piece after it was measured, such as a colour
 */
export function cellLines(
  cells: readonly string[],
  widths: readonly number[],
  dress: (text: string, column: number) => string = (text) => text,
): readonly string[] {
  const broken = cells.map((cell, i) => brokenAt(cell, widths[i]!));
  const height = Math.max(1, ...broken.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    broken
      .map((lines, i) => {
        const text = lines[line] ?? "";
        return `  ${text === "" ? "" : dress(text, i)}${" ".repeat(Math.max(0, widths[i]! - text.length))}`;
      })
      .join("")
      .trimEnd(),
  );
}

function brokenAt(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Sections with a line between them, each under its heading; what comes first is no heading. */
export function joined(sections: readonly (readonly string[])[], style: Style): string {
  return `${sections
    .filter((lines) => lines.length > 0)
    .map(([heading, ...lines], i) =>
      [i === 0 ? heading! : paint(heading!, "strong", style), ...lines].join("\n"),
    )
    .join("\n\n")}\n`;
}

function pad(text: string, width: number, align: Align): string {
  const space = " ".repeat(Math.max(0, width - widthOf(text)));
  return align === "left" ? text + space : space + text;
}
