import { describe, expect, it } from "vitest";
import { createProgress } from "../../src/cli/progress.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Tally } from "../../src/run/tally.ts";

const plan = { profile: "quick", target: { system: "kafka", mode: "log", client: "kafkajs" } } as Plan;
const tally = {
  intervals: [{ sent: 2000, consumed: 1990, backlog: 10 }, {}],
  ledger: { totals: { offered: 4000, acked: 3990 } },
} as unknown as Tally;

function written(isTerminal: boolean, columns = 80): string {
  let text = "";
  const progress = createProgress({
    isTerminal,
    columns,
    write: (t) => {
      text += t;
    },
  });
  progress.begin(plan, 1, 2);
  progress.phase("measure");
  for (let s = 1; s <= 21; s++) progress.second(tally, s * 1e9 + 1e6);
  progress.end();
  return text;
}

describe("progress", () => {
  it("is a plain line each 10 seconds without a terminal", () => {
    const lines = written(false).trimEnd().split("\n");
    expect(lines).toEqual([
      "[1/2] quick on kafka:log@kafkajs",
      "kafka:log@kafkajs measure",
      "kafka:log@kafkajs 10s measure · sent 2.00k/s · received 1.99k/s · 3 990 of 4 000 acked · backlog 10",
      "kafka:log@kafkajs 20s measure · sent 2.00k/s · received 1.99k/s · 3 990 of 4 000 acked · backlog 10",
    ]);
  });

  it("rewrites one line on a terminal, which never wraps, and wipes it at the end", () => {
    const text = written(true, 40);
    const [head, ...rewrites] = text.split("\r\x1b[K");
    expect(head).toBe("[1/2] quick on kafka:log@kafkajs\n");
    expect(rewrites).toHaveLength(22);
    for (const line of rewrites) expect(line.length).toBeLessThan(40);
    expect(rewrites.at(-1)).toBe("");
  });
});
