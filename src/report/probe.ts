import type { ProbeResult, ProbeRow, ProbeVerdict } from "../model/probe.ts";
import { finish, paint, type Style, type Tone } from "./style.ts";
import { fitTable, joined, wrap } from "./table.ts";

export interface ProbeTextOptions extends Style {
  /** Where it is stored. */
  readonly folder: string;
  /** What the claims say, by their ids. */
  readonly claims: ReadonlyMap<string, string>;
}

/** What probes found, for people at a terminal: the verdicts as a table, why, with facts, and the claims; 80 columns. */
export function renderProbes(result: ProbeResult, options: ProbeTextOptions): string {
  const { folder, claims, ...style } = options;
  const probes = [...new Set(result.rows.map((r) => r.probe))];
  const sections = [
    [headLine(result.rows, style), ...verdictTable(result.rows, probes, style)],
    ...probes.map((probe) =>
      probeLines(
        result.rows.filter((r) => r.probe === probe),
        style,
      ),
    ),
    claimLines(result.rows, probes, claims),
    ["Files", `  ${folder}`],
    ["Again", `  ${result.command}`],
  ];
  return finish(joined(sections, style), style);
}

export function isAsExpected({ verdict, expected }: ProbeRow): boolean {
  return verdict === expected;
}

function headLine(rows: readonly ProbeRow[], style: Style): string {
  const odd = rows.filter((r) => !isAsExpected(r)).length;
  const all = `${rows.length} verdict${rows.length === 1 ? "" : "s"}`;
  return odd === 0
    ? `${paint("AS EXPECTED", "good", style)}  ${all}, each as the documentation of the broker says`
    : `${paint("NOT AS EXPECTED", "bad", style)}  ${odd} of ${all} ${odd === 1 ? "contradicts" : "contradict"} the documentation of the broker (!)`;
}

const TONES: Readonly<Record<ProbeVerdict, Tone>> = {
  supported: "good",
  refuted: "bad",
  depends: "warn",
  "not-testable": "faint",
};

function verdictText({ verdict }: Pick<ProbeRow, "verdict">): string {
  return verdict === "not-testable" ? "not testable" : verdict;
}

function verdictTable(rows: readonly ProbeRow[], probes: readonly string[], style: Style): readonly string[] {
  const targets = [...new Set(rows.map(modeOf))];
  if (targets.length === 0) return [];
  const cell = (row: ProbeRow | undefined): string =>
    row === undefined
      ? "–"
      : `${paint(verdictText(row), TONES[row.verdict], style)}${isAsExpected(row) ? "" : "!"}`;
  const of = (probe: string, target: string) => rows.find((r) => r.probe === probe && modeOf(r) === target);
  return [
    "",
    ...fitTable(
      [
        ["", ...targets],
        ["broker", ...targets.map((t) => rows.find((r) => modeOf(r) === t)?.version ?? "")],
        ...probes.map((probe) => [probe, ...targets.map((target) => cell(of(probe, target)))]),
      ],
      ["left", "right"],
    ),
  ];
}

/** `kafka:log`: which client spoke to it matters little here. */
function modeOf({ target }: ProbeRow): string {
  return target.replace(/@.*$/, "");
}

function probeLines(rows: readonly ProbeRow[], style: Style): readonly string[] {
  return [
    ...wrap(rows[0]!.sentence, 0, `${rows[0]!.probe}: `),
    ...rows.flatMap((row) => [
      `  ${modeOf(row)}: ${paint(verdictText(row), TONES[row.verdict], style)}`,
      ...(isAsExpected(row)
        ? []
        : wrap(`of ${row.version} was expected: ${verdictText({ verdict: row.expected })}`, 4, "! ")),
      ...wrap(row.because, 4),
      ...row.facts.flatMap((f) => factLines(f, style)),
    ]),
  ];
}

function factLines({ text, asExpected }: ProbeRow["facts"][number], style: Style): readonly string[] {
  const sign = asExpected === undefined ? "·" : asExpected ? "✓" : "✗";
  const [first = "", ...more] = wrap(text, 4, `${sign} `);
  if (asExpected === undefined) return [first, ...more];
  return [first.replace(sign, paint(sign, asExpected ? "good" : "bad", style)), ...more];
}

/** In words where one probe was asked; of several they would bury the verdicts. */
function claimLines(
  rows: readonly ProbeRow[],
  probes: readonly string[],
  claims: ReadonlyMap<string, string>,
): readonly string[] {
  const idsOf = (probe: string) => rows.find((r) => r.probe === probe)?.claims ?? [];
  const [first] = probes;
  if (first === undefined) return [];
  if (probes.length === 1)
    return [
      "Claims that it bears on",
      ...idsOf(first).flatMap((id) => wrap(claims.get(id) ?? "", 2, `${id}  `)),
    ];
  return [
    "Claims that they bear on (a probe that is asked alone prints them in words)",
    ...probes.flatMap((probe) => wrap(idsOf(probe).join(" "), 2, probe.padEnd(10))),
  ];
}
