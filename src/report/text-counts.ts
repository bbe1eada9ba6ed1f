import type { RunResult, SubscriptionCounts } from "../model/result.ts";
import { formatCount } from "../model/units.ts";
import { closings } from "./closing.ts";
import { mark, type Style } from "./style.ts";
import { fitTable, wrap } from "./table.ts";

/** The account of all messages, warm-up included, with the sums that must come out even. */
export function countLines(result: RunResult, style: Style): readonly string[] {
  const { counts, subscriptions } = result;
  const sums = closings(result);
  const even = (name: string, i: number): string =>
    mark(sums.filter((c) => c.of === name)[i]?.closes ?? true, style);
  const broken = sums.filter((c) => !c.closes);
  const rows = <T extends object>(of: readonly T[], keys: readonly (keyof T)[]): string[][] =>
    of.map((o) => keys.map((k) => formatCount(Number(o[k]))));
  const per = (heads: readonly string[], cells: string[][], sum: number | undefined): readonly string[] =>
    fitTable(
      [
        ["", ...heads, ...(sum === undefined ? [] : [""])],
        ...cells.map((row, i) => {
          const { name } = subscriptions[i]!;
          return [name, ...row, ...(sum === undefined ? [] : [even(name, sum)])];
        }),
      ],
      ["left", "right"],
    );
  return [
    `Every message (${formatCount(counts.offered)} offered, warm-up included)`,
    ...fitTable(
      [
        ["", "offered", "= acked", "+ failed", "+ unknown", "+ unasked", ""],
        [
          "published",
          ...(rows([counts], ["offered", "acked", "failed", "unknown", "unasked"])[0] ?? []),
          even("publishing", 0),
        ],
      ],
      ["left", "right"],
    ),
    ...per(
      ["delivered", "= unique", "+ redelivered", "+ copied", "+ foreign", "+ corrupt"],
      rows(subscriptions, ARRIVED),
      0,
    ),
    ...per(
      ["lost", "undelivered", "missing", "recovered", "phantom", "unexpected"],
      rows(subscriptions, ABSENT),
      1,
    ),
    ...per(
      ["reordered", "by redelivery", "largest displacement"],
      rows(subscriptions, ["reordered", "reorderedByRedelivery", "maxDisplacement"]),
      undefined,
    ),
    ...transactionLines(result),
    ...effectLines(result),
    ...broken.flatMap((c) =>
      wrap(
        `${c.of}: ${c.sum} does not close: ${formatCount(c.left)} against ${formatCount(c.right)}`,
        2,
        `${mark(false, style)} `,
      ),
    ),
  ];
}

/** What became of transactions as a whole, and what their readers saw of them. */
function transactionLines({ transactions, subscriptions }: RunResult): readonly string[] {
  if (transactions === undefined) return [];
  const { total, committed, aborted, unknown } = transactions;
  return [
    ...fitTable(
      [
        ["", "begun", "= committed", "+ aborted", "+ of unknown end"],
        ["transactions", ...[total, committed, aborted, unknown].map(formatCount)],
      ],
      ["left", "right"],
    ),
    ...fitTable(
      [
        ["", "aborted and read", "torn transactions"],
        ...subscriptions.map((s) => [s.name, formatCount(s.abortedRead ?? 0), formatCount(s.torn ?? 0)]),
      ],
      ["left", "right"],
    ),
  ];
}

/** What the databases of consumers say, read after the run. */
function effectLines({ effects }: RunResult): readonly string[] {
  if (effects === undefined) return [];
  return fitTable(
    [
      ["", "effects applied", "suppressed", "duplicate effects", "missing effects"],
      ...effects.map((e) => [
        e.subscription,
        ...[e.applied, e.duplicatesSuppressed, e.duplicateEffects, e.missing].map(formatCount),
      ]),
    ],
    ["left", "right"],
  );
}

const ARRIVED: readonly (keyof SubscriptionCounts)[] = [
  "delivered",
  "unique",
  "redelivered",
  "copied",
  "foreign",
  "corrupt",
];
const ABSENT: readonly (keyof SubscriptionCounts)[] = [
  "lost",
  "undelivered",
  "missing",
  "recovered",
  "phantom",
  "unexpected",
];
