import type { Check, Examination, Verdict } from "../doctor/check.ts";
import { finish, paint, type Style, type Tone } from "../report/style.ts";
import { joined, wrap } from "../report/table.ts";

/** What the doctor found: the verdict first, then what is wrong and what to do about it, then what is fine. */
export function doctorText({ isFit, checks }: Examination, style: Style): string {
  const width = Math.max(...checks.map((c) => c.id.length));
  const told = (verdict: Verdict): readonly string[] =>
    checks.filter((c) => c.verdict === verdict).flatMap((c) => checkLines(c, width, style));
  const sections = TITLES.map(([verdict, title]) => [title, ...told(verdict)]).filter((s) => s.length > 1);
  const texts = [headLines(isFit, checks, style), ...sections];
  return finish(joined(texts, style), style);
}

const TITLES: readonly (readonly [Verdict, string])[] = [
  ["bad", "Makes what is measured here invalid"],
  ["warn", "Read the numbers with this in mind"],
  ["unknown", "Could not be found out"],
  ["ok", "Fine"],
];

function headLines(isFit: boolean, checks: readonly Check[], style: Style): readonly string[] {
  const count = (verdict: Verdict): number => checks.filter((c) => c.verdict === verdict).length;
  const [word, tone]: readonly [string, Tone] = !isFit
    ? ["NOT FIT", "bad"]
    : count("warn") > 0
      ? ["FIT, WITH CARE", "warn"]
      : ["FIT", "good"];
  const said = isFit ? "this machine can measure" : "what is measured here now would be invalid";
  return [
    `${paint(word, tone, style)}  ${paint(said, "strong", style)}`,
    `  ${TITLES.map(([v]) => `${count(v)} ${v}`).join(", ")}; mqbench explain NAME says more on each`,
  ];
}

/** As wide as the widest, so that names stand below each other. */
const MARKS: Readonly<Record<Verdict, readonly [text: string, tone: Tone]>> = {
  bad: ["✗ BAD    ", "bad"],
  warn: ["! warn   ", "warn"],
  unknown: ["? unknown", "faint"],
  ok: ["✓ ok     ", "good"],
};

function checkLines(check: Check, width: number, style: Style): readonly string[] {
  const [mark, tone] = MARKS[check.verdict];
  // Wrapped without colour: escape sequences have no width.
  const [first = "", ...rest] = wrap(check.found, 2, `${mark}  ${check.id.padEnd(width)}  `);
  const lines = [first.replace(mark, () => paint(mark, tone, style)), ...rest];
  if (check.verdict === "ok") return lines;
  return [...lines, ...wrap(check.consequence, 13), ...wrap(check.fix, 13, "→ ")];
}
