import { alignTable } from "../../src/report/table.ts";
import type { Cell } from "./cells.ts";
import type { Score } from "./score.ts";

/** One run of a cell. */
export interface Scored {
  readonly cell: Cell;
  readonly score: Score;
  /** The command that does the same again. */
  readonly command: string;
}

/** Of the injections, those that must have bitten for the soak to say something; a share of fewer than so many is chance. */
const LEAST_BIT = 0.9;
const FEWEST = 20;
/** Of the injections of a control that bit, those that must show the anomaly. */
const LEAST_SHOWN = 0.95;

/** @returns the table by cell, and what is wrong with it: empty when all holds */
export function soakTable(
  cells: readonly Cell[],
  runs: readonly Scored[],
): { text: string; wrong: string[] } {
  const wrong = runs.flatMap(({ cell, score, command }) =>
    score.wrong.length === 0 ? [] : [`${nameOf(cell)}: ${score.wrong.join("; ")}\n    ${command}`],
  );
  const rows = cells.map((cell) => {
    const own = runs.filter((r) => r.cell === cell).map((r) => r.score);
    const sum = (of: (s: Score) => number): number => own.reduce((n, s) => n + of(s), 0);
    const injections = sum((s) => s.injections);
    const bit = sum((s) => s.bit);
    const told = sum((s) => s.told);
    const shown = sum((s) => s.shown);
    if (injections >= FEWEST && bit < LEAST_BIT * injections)
      wrong.push(`${nameOf(cell)}: only ${bit} of ${injections} injections bit`);
    if (cell.shows !== undefined && bit > 0 && (told === 0 || shown < LEAST_SHOWN * told))
      wrong.push(`${nameOf(cell)}: ${cell.shows} in ${shown} of ${told} injections that bit`);
    return [
      cell.target,
      cell.configuration,
      cell.kind.label,
      ...[own.length, injections, bit, sum((s) => s.wrong.length)].map(String),
      cell.shows === undefined
        ? ""
        : `${cell.shows} ${shown} of ${told}${told > 0 ? `, ${percent(shown / told)}` : ""}`,
    ];
  });
  const heads = ["target", "configuration", "fault", "runs", "injections", "bit", "wrong", "control shows"];
  const align = ["left", "left", "left", "right", "right", "right", "right", "left"] as const;
  return { text: `${alignTable([heads, ...rows], align, 0).join("\n")}\n`, wrong };
}

export function nameOf({ target, configuration, kind }: Cell): string {
  return `${target}, ${configuration}, ${kind.label}`;
}

function percent(share: number): string {
  return `${Math.floor(share * 1000) / 10}%`;
}
