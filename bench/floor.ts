import { fileURLToPath } from "node:url";
import type { Bench, BenchContext, Row } from "./bench.ts";
import { runMqbench } from "./mqbench.ts";
import { finish, lastWords } from "./process.ts";

/** ns of CPU for a message, sent, checked and counted: what the harness may cost before it is the benchmark. */
const BUDGET_NS = 250;
/** The same of each side, with a client that costs next to nothing. */
const SIDES = [
  { side: "produce", budgetNs: 110, what: "stamped, accounted, settled" },
  { side: "consume", budgetNs: 130, what: "checked, compared, marked, recorded" },
] as const;

/** No broker and no peer: what the harness itself costs, everything verified; both sides, then each alone. */
export const floor: Bench = {
  name: "floor",
  what: "CPU of the harness for a message: memory driver, closed loop, both sides, then each side alone",
  settings: [
    "no broker and no peer: the driver `memory` hands over what it was given",
    "100 B, closed loop; every message is stamped, accounted, checked byte by byte and timed",
    "a side alone: a thread with one side of the harness and a client that only fills and empties buffers",
  ],
  async run(context) {
    const ours: number[] = [];
    for (let i = 0; i < context.pairs; i++) ours.push(await bothSides(context));
    const rows: Row[] = [
      {
        name: floor.name,
        measure: "CPU for a message, both sides, ns",
        better: "lower",
        ours,
        against: `budget ${BUDGET_NS}`,
        goal: BUDGET_NS,
        notes:
          "no peer; 100 B, one agent process for both sides, pipe and conductor included in the rate only",
      },
    ];
    for (const { side, budgetNs, what } of SIDES)
      rows.push({
        name: floor.name,
        measure: `CPU for a message, ${side} side alone, ns`,
        better: "lower",
        ours: await oneSide(side, context),
        against: `budget ${budgetNs}`,
        goal: budgetNs,
        notes: `no peer; 100 B, ${what}; a thread that does nothing else (bench/floor-side.ts)`,
      });
    return rows;
  },
};

async function bothSides({ quick, signal, note }: BenchContext): Promise<number> {
  const { harness, rates } = await runMqbench({
    args: [
      ...["throughput", "--on", "memory", "--durability", "memory", "--size", "100B"],
      ...["--warmup", quick ? "1s" : "3s", "--duration", quick ? "2s" : "10s"],
    ],
    signal,
  });
  note(`  ${Math.round(harness.cpuPerMessageNs)} ns, ${Math.round(rates.consume)} msg/s`);
  return harness.cpuPerMessageNs;
}

/** The first round is compiling; each process gives the median of the others. */
async function oneSide(side: string, { quick, pairs, signal, note }: BenchContext): Promise<number[]> {
  const script = fileURLToPath(new URL("floor-side.ts", import.meta.url));
  const ours: number[] = [];
  for (let i = 0; i < pairs; i++) {
    const args = [script, side, "100B", quick ? "2" : "6"];
    const done = await finish({ command: process.execPath, args, signal });
    const [, ...rounds] = done.stdout.trim().split("\n").map(Number);
    const median = rounds.sort((a, b) => a - b)[rounds.length >> 1];
    if (median === undefined || Number.isNaN(median)) throw new Error(`${side} side: ${lastWords(done)}`);
    note(`  ${side} side ${median} ns`);
    ours.push(median);
  }
  return ours;
}
