import type { Finding, RunResult } from "../model/result.ts";
import { formatCount } from "../model/units.ts";
import { bySeverity } from "./findings.ts";
import { paint, type Style } from "./style.ts";
import { wrap } from "./table.ts";

/** What the profile said that this run would show, and what it showed. */
export function predictionLines({ plan, findings }: RunResult, style: Style): readonly string[] {
  const { prediction } = plan;
  if (prediction === undefined) return [];
  const { finding: code, fix } = prediction;
  const seen = findings.filter((f) => f.code === code);
  const observed =
    seen.length > 0 ? `as predicted, ${seen.map(seenText).join(", ")}` : `no ${code}; ${otherText(findings)}`;
  const rows: [string, string][] = [
    ["predicted", code],
    ["observed", observed],
    ...(fix === undefined ? [] : [["fix", fix] as [string, string]]),
  ];
  return [
    paint("Prediction of the profile", "strong", style),
    ...rows.flatMap(([name, text]) => wrap(text, 2, `${name.padEnd(NAME_WIDTH)}  `)),
  ];
}

const NAME_WIDTH = "predicted".length;

/** `confirmed and lost: 3 of 3 (sub-0)`; of what was not confirmed, only how many. */
function seenText({ code, count, among, subscription }: Finding): string {
  const where = subscription === undefined ? "" : ` (${subscription})`;
  return among === undefined
    ? `${code}: ${formatCount(count)}${where}`
    : `confirmed and lost: ${formatCount(count)} of ${formatCount(among)}${where}`;
}

function otherText(findings: readonly Finding[]): string {
  const others = bySeverity(findings).filter((f) => f.code !== "NEVER_STEADY");
  return others.length === 0
    ? "nothing was found"
    : `found were ${others.map((f) => `${f.code}: ${formatCount(f.count)}`).join(", ")}`;
}
