import type { RunResult } from "../src/model/result.ts";
import type { Bench, BenchContext, Row } from "./bench.ts";
import { type Flatness, flatness } from "./flatness.ts";
import { runMqbench } from "./mqbench.ts";
import { familyRss } from "./rss.ts";

const SAMPLE_MS = 1000;
const WARMUP_S = 5;

/**
 * Whether memory stays flat over a long run at a fixed rate: the resident memory of the conductor and of
 * every agent, sampled each second from outside, so that all processes share one clock and the conductor,
 * which no result contains, is there too. A leak of one byte a message is 36 MB an hour at 10k/s.
 */
export const memoryFlat: Bench = {
  name: "memory-flat",
  what: "resident memory of every process over 10 min at 10k/s",
  settings: [
    "open loop, everything verified; flat: the last minute needs at most 8 MiB or 10 % more than the first",
  ],
  async run(context) {
    const { durationS, target, note } = context;
    const { samples, result } = await watched(context);
    const names = new Map(result.harness.agents.map((a) => [a.pid, a.name]));
    const rows: Row[] = [];
    for (const [pid, rssMiB] of samples) {
      // The measured part: what starts with the process and what the drain frees is another matter.
      const process = names.get(pid) ?? "conductor";
      if (rssMiB.length < durationS / 2) continue;
      const f = flatness(rssMiB, SAMPLE_MS / 1000);
      note(`  ${process}: ${text(f)}`);
      rows.push({
        name: memoryFlat.name,
        measure: `${process} on ${target}, MiB after the last minute`,
        better: "lower",
        ours: [f.lastMiB],
        against: `${f.settledMiB.toFixed(1)} after the first minute`,
        notes: `${text(f)}; ${durationS} s at ${context.rate}, ${result.counts.unique} messages verified`,
      });
    }
    if (rows.length === 0) throw new Error("no process lived long enough to be sampled");
    return rows;
  },
};

function text(f: Flatness): string {
  const slope = `${f.slopeMiBPerMin >= 0 ? "+" : ""}${f.slopeMiBPerMin.toFixed(2)} MiB/min`;
  return `${f.flat ? "flat" : "NOT FLAT"}: ${f.settledMiB.toFixed(1)} → ${f.lastMiB.toFixed(1)} MiB, ${slope}`;
}

interface Watched {
  readonly samples: ReadonlyMap<number, readonly number[]>;
  readonly result: RunResult;
}

async function watched({ target, durationS, rate, signal }: BenchContext): Promise<Watched> {
  const samples = new Map<number, number[]>();
  let timer: NodeJS.Timeout | undefined;
  try {
    const result = await runMqbench({
      args: [
        ...["quick", "--on", target, "--rate", rate],
        ...["--duration", `${durationS}s`, "--warmup", `${WARMUP_S}s`],
      ],
      signal,
      // A machine that is too slow for the rate now and then still shows whether memory grows.
      thresholdsMayFail: true,
      onPid: (conductor) => {
        timer = setInterval(() => {
          for (const [pid, rssMiB] of familyRss(conductor)) {
            const list = samples.get(pid) ?? [];
            samples.set(pid, list);
            list.push(rssMiB);
          }
        }, SAMPLE_MS);
      },
    });
    const members = new Set(result.harness.agents.map((a) => a.pid));
    // The conductor is the first that was seen; a broker that it started is not ours to judge.
    const [conductor] = samples.keys();
    const own = [...samples].filter(([pid]) => pid === conductor || members.has(pid));
    return { samples: new Map(own), result };
  } finally {
    clearInterval(timer);
  }
}
