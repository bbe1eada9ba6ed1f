import type { Bench } from "./bench.ts";
import { runMqbench } from "./mqbench.ts";

/** ns of CPU for a message, sent, checked and counted: what the harness may cost before it is the benchmark. */
const BUDGET_NS = 250;

/** No broker and no peer: what the harness itself costs, both sides, everything verified. */
export const floor: Bench = {
  name: "floor",
  what: "CPU of the harness for a message: memory driver, closed loop, both sides",
  async run({ quick, pairs, signal, note }) {
    const ours: number[] = [];
    for (let i = 0; i < pairs; i++) {
      const { harness, rates } = await runMqbench({
        args: [
          ...["throughput", "--on", "memory", "--durability", "memory", "--size", "100B"],
          ...["--warmup", quick ? "1s" : "3s", "--duration", quick ? "2s" : "10s"],
        ],
        signal,
      });
      note(`  ${Math.round(harness.cpuPerMessageNs)} ns, ${Math.round(rates.consume)} msg/s`);
      ours.push(harness.cpuPerMessageNs);
    }
    return [
      {
        name: floor.name,
        measure: "CPU for a message, both sides, ns",
        better: "lower",
        ours,
        against: `budget ${BUDGET_NS}`,
        notes:
          "no peer; 100 B, one agent process for both sides, pipe and conductor included in the rate only",
      },
    ];
  },
};
