/** How long the advisor takes: one evaluation, all flips of it, and a whole advice. `node bench/advisor.ts` */
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { advise } from "../src/advisor/advice.ts";
import { createBase, withAssumptions } from "../src/advisor/base.ts";
import { decide } from "../src/advisor/decide.ts";
import { flipsOf } from "../src/advisor/flips.ts";
import { readKnowledge } from "../src/advisor/input/read-knowledge.ts";
import { readSheet } from "../src/advisor/input/read-sheet.ts";

const base = createBase(readKnowledge());
const file = new URL("../test/fixtures/answers/order-events.yaml", import.meta.url);
const sheet = readSheet(readFileSync(file, "utf8"), "order-events.yaml", base.questions);
const answers = withAssumptions(base, sheet.flows[0]!.answers);
const decision = decide(base, answers);

/** Median, in milliseconds, after a warm-up of as many rounds. */
function medianMs(rounds: number, work: () => void): number {
  for (let i = 0; i < rounds; i++) work();
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[rounds >> 1]!;
}

const rows: readonly (readonly [string, number, number])[] = [
  ["one evaluation", 1, medianMs(500, () => decide(base, answers))],
  ["all flips", 50, medianMs(50, () => flipsOf(base, answers, decision))],
  ["a whole advice", 100, medianMs(50, () => advise(base, sheet))],
];
for (const [what, goalMs, ms] of rows)
  process.stdout.write(`${what.padEnd(16)} ${ms.toFixed(3)} ms (goal: below ${goalMs} ms)\n`);
