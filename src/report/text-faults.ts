import type { FaultEvidence, FaultResult } from "../model/fault.ts";
import type { RunResult } from "../model/result.ts";
import { formatCount, formatDuration, formatSize } from "../model/units.ts";
import { paint, type Style, widthOf } from "./style.ts";
import { alignTable, WIDTH, wrap } from "./table.ts";

/** What was done to the run on purpose, when, and whether it met any message. */
export function faultLines({ faults = [] }: RunResult, style: Style): readonly string[] {
  if (faults.length === 0) return [];
  const heads = ["fault", "side", "at", "for", "bit", "evidence"];
  const align = ["left", "left", "right", "right", "left", "left"] as const;
  const rows = faults.map((f) => [
    [f.kind, f.point ?? f.node].filter((word) => word !== undefined).join(" "),
    f.side,
    f.startNs === null ? "–" : formatDuration(f.startNs),
    f.startNs === null || f.endNs === null ? "–" : formatDuration(f.endNs - f.startNs),
    f.bit ? "yes" : paint("NO", "warn", style),
    evidenceText(f),
  ]);
  const lines = alignTable([heads, ...rows], align);
  const isWide = lines.some((line) => widthOf(line) > WIDTH);
  const narrow = (): readonly string[] => {
    const [head = "", ...bodies] = alignTable(
      [heads.slice(0, -1), ...rows.map((r) => r.slice(0, -1))],
      align,
    );
    return [head, ...bodies.flatMap((body, i) => [body, ...wrap(rows[i]!.at(-1)!, 6)])];
  };
  return ["Faults (times since the run's start)", ...(isWide ? narrow() : lines)];
}

function evidenceText({ startNs, evidence }: FaultResult): string {
  if (startNs === null) return "the run was over before";
  return [...deedTexts(evidence), `${formatCount(evidence.inFlight)} in flight`].join(", ");
}

function deedTexts({
  connections,
  refused,
  bytes,
  answers,
  processes,
  altered,
  taken,
  blocked,
  killed,
  moved,
}: FaultEvidence): readonly string[] {
  return [
    ...(answers === undefined
      ? []
      : [`${formatCount(answers)} ${answers === 1 ? "answer" : "answers"} lost`]),
    ...(connections === undefined ? [] : [`${formatCount(connections)} cut`]),
    ...(refused === undefined ? [] : [`${formatCount(refused)} refused`]),
    ...(bytes === undefined ? [] : [`${formatSize(bytes)} met`]),
    ...(processes === undefined ? [] : [`${formatCount(processes)} stopped`]),
    ...(altered === undefined ? [] : [`${formatCount(altered)} changed`]),
    ...(taken === undefined ? [] : [`${formatCount(taken)} to who joined`]),
    ...(blocked === undefined ? [] : [`${formatCount(blocked)} blocked`]),
    ...(killed === undefined ? [] : [`${formatCount(killed)} killed`]),
    ...(moved === undefined ? [] : ["another node led"]),
  ];
}
