import type { RunResult } from "../model/result.ts";
import { formatCount, formatRate } from "../model/units.ts";
import { closings } from "./closing.ts";
import { bySeverity, findingText } from "./findings.ts";
import { inequalities } from "./inequalities.ts";
import {
  gapText,
  invalidSign,
  invalidText,
  LATENCY_ROWS,
  maxText,
  percentileText,
  SATURATED,
  SHOWN,
} from "./latency.ts";
import { workText } from "./load-text.ts";
import type { Report } from "./report.ts";
import { arrange } from "./series.ts";
import { cellRows } from "./series-rows.ts";
import { acknowledgedText } from "./text.ts";
import { brokerRows, harnessRows } from "./text-harness.ts";
import { verdictOf } from "./verdict.ts";

/** For a step summary or a pull request: well below GitHub's bound of 1 MiB. */
export const markdownReport: Report = {
  name: "markdown",
  summary: "for a pull request or a CI step's summary",
  takesSeveral: true,
  render(runs) {
    const results = runs.map((r) => r.result);
    const parts = results.length === 1 ? runParts(results[0]!) : seriesParts(results);
    return `${parts.filter((p) => p !== "").join("\n\n")}\n`;
  },
};

function runParts(r: RunResult): readonly string[] {
  const { word, reasons } = verdictOf(r);
  const broken = closings(r).filter((c) => !c.closes);
  const remarks = [
    ...bySeverity(r.findings).map(findingText),
    ...r.warnings.map((w) => `${w.code}: ${w.message}${w.hint === undefined ? "" : ` → ${w.hint}`}`),
  ];
  const { offered, acked, failed, unknown, unasked } = r.counts;
  return [
    `## ${sign(word)} ${word}: ${plain(`${r.plan.profile} on ${r.target.name}`)}`,
    list(reasons),
    plain(
      `${r.target.version}, client ${r.target.clientVersion}. ${workText(r.plan)}; ${acknowledgedText(r)}.`,
    ),
    r.thresholds.length === 0
      ? ""
      : table(
          ["", "threshold", "measured"],
          r.thresholds.map((t) => [t.ok ? "✅ ok" : "❌ FAIL", code(t.expression), t.actualText]),
        ),
    table(
      ["offered", "= acked", "+ failed", "+ unknown", "+ unasked"],
      [[offered, acked, failed, unknown, unasked].map(formatCount)],
    ),
    table(
      [
        "subscription",
        "delivered",
        "= unique",
        "+ redelivered",
        "+ copied",
        "+ foreign",
        "+ corrupt",
        "lost",
        "undelivered",
        "missing",
        "reordered",
      ],
      r.subscriptions.map((s) => [
        s.name,
        ...[
          s.delivered,
          s.unique,
          s.redelivered,
          s.copied,
          s.foreign,
          s.corrupt,
          s.lost,
          s.undelivered,
          s.missing,
          s.reordered,
        ].map(formatCount),
      ]),
    ),
    list(
      broken.map(
        (c) => `❌ ${c.of}: ${c.sum} does not close: ${formatCount(c.left)} against ${formatCount(c.right)}`,
      ),
    ),
    `Sent ${formatRate(r.rates.sent)}, published ${formatRate(r.rates.publish)}, consumed ${formatRate(r.rates.consume)}.`,
    latencyTable(r),
    plain(invalidText(r) ?? ""),
    plain(gapText(r) ?? ""),
    list(remarks),
    details("Machine and harness", [
      `${r.environment.cores} × ${r.environment.cpu}, ${r.environment.os}, ${r.environment.kernel}, Node ${r.tool.node}, mqbench ${r.tool.version}`,
      ...harnessRows(r).map(([name, value]) => `${name}: ${value}`),
      ...brokerRows(r).map(([name, value]) => `broker, ${name}: ${value}`),
      ...r.target.notes,
    ]),
    `Again: ${code(r.run.command)}`,
  ];
}

function latencyTable(r: RunResult): string {
  const isClosed = r.plan.load.loop === "closed";
  const names = LATENCY_ROWS.filter(
    (n) => r.latency[n] !== undefined && !(isClosed && n.endsWith("_response")),
  );
  if (names.length === 0) return "";
  const rows = names.map((n) => {
    const l = r.latency[n]!;
    return [
      n.replace("_", " "),
      ...SHOWN.map((p) => percentileText(l, p) + invalidSign(r, n, p)),
      maxText(l) + invalidSign(r, n, "max"),
      formatCount(l.count),
    ];
  });
  const heading = isClosed ? `latency (${SATURATED})` : "latency";
  return table([heading, ...SHOWN.map((p) => `p${p}`), "max", "samples"], rows);
}

function seriesParts(runs: readonly RunResult[]): readonly string[] {
  const failed = runs.filter((r) => verdictOf(r).word !== "PASS").length;
  const word = failed === 0 ? "PASS" : "FAIL";
  const differences = inequalities(runs);
  return [
    `## ${sign(word)} ${word}: ${plain([...new Set(runs.map((r) => r.plan.profile))].join(", "))}`,
    `${runs.length - failed} of ${runs.length} runs passed.`,
    differences.length === 0 ? "" : `**Not equal:**\n\n${list(differences)}`,
    ...arrange(runs).flatMap(({ label, columns }) => [
      label === "" ? "" : `### ${plain(label)}`,
      table(
        ["", ...columns.map((c) => c.target)],
        [
          ["verdict", ...columns.map((c) => [...new Set(c.runs.map((r) => verdictOf(r).word))].join(", "))],
          ...cellRows(columns).map((row) => [row.name, ...row.cells]),
        ],
      ),
    ]),
    list([...new Set(runs.map((r) => `Again: ${r.run.command}`))]),
  ];
}

const sign = (word: string): string => (word === "PASS" ? "✅" : "❌");

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(" | ")} |`;
  return [
    line(heads),
    `|${heads.map((_, i) => (i === 0 ? " --- " : " ---: ")).join("|")}|`,
    ...rows.map(line),
  ].join("\n");
}

function list(items: readonly string[]): string {
  return items.map((i) => `- ${plain(i)}`).join("\n");
}

function details(summary: string, items: readonly string[]): string {
  return `<details><summary>${summary}</summary>\n\n${list(items)}\n\n</details>`;
}

const code = (text: string): string => `\`${text.replaceAll("`", "'")}\``;

/** What would end a cell or start a tag, in texts that come from brokers and profiles. */
function plain(text: string): string {
  const line = text.replaceAll("|", "\\|").replace(/[\r\n]+/g, " ");
  // Between backticks an entity would be shown as it is.
  return line.startsWith("`") ? line : line.replaceAll("<", "&lt;");
}
