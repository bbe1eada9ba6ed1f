import { createRequire } from "node:module";
import * as hdr from "hdr-histogram-js";
import { Recorder } from "../src/load/recorder.ts";
import { createRandom, type Random } from "../src/model/random.ts";
import type { Bench, Row } from "./bench.ts";
import { interleave } from "./stats.ts";

/** Power of two, and more than a compiler unrolls or a branch predictor learns: 1 MiB of doubles. */
const VALUES = 2 ** 17;
const ROUND = 5_000_000;
const ROUNDS = 12;
const WARM_UP_ROUNDS = 2;
const HIGHEST_NS = 3600e9;

/**
 * ns for one recorded value, our recorder against hdr-histogram-js at the same precision (three digits, up
 * to an hour, 32-bit counts), in JavaScript and in WebAssembly. Latencies are about log-normal; each round
 * starts elsewhere in them, and the counts are checked afterwards, so that nothing can be computed ahead or
 * left out. The loop is the same text for all, but a function of its own for each, as a caller would have it:
 * one shared loop would make the calls megamorphic. Reading the array is part of all sides' time.
 */
export const recorder: Bench = {
  name: "recorder",
  what: "Recorder.record / hdr-histogram-js recordValue, ns",
  settings: ["the same values in the same order, three significant digits, one thread"],
  async run({ quick, pairs, seed }) {
    await hdr.initWebAssembly();
    const random = createRandom(seed, 1);
    const values = Float64Array.from({ length: VALUES }, () => Math.round(logNormalNs(random)));
    const rounds = quick ? 2 : Math.max(ROUNDS, pairs);
    const rows: Row[] = [];
    for (const useWebAssembly of [false, true]) {
      const { make, against } = peerOf(useWebAssembly);
      const ourTimer = timerOf("recorder.record(value)");
      const peerTimer = timerOf("recorder.recordValue(value)");
      const one = (timer: Timer, target: Countable) => async (round: number) =>
        time(timer, target, values, round, quick);
      const ours = new Recorder();
      const peer = make();
      const sides = [
        one(ourTimer, { target: ours, count: () => ours.count }),
        one(peerTimer, { target: peer, count: () => peer.totalCount }),
      ] as const;
      await interleave(WARM_UP_ROUNDS, seed, ...sides);
      const runs = await interleave(rounds, seed, ...sides);
      peer.destroy();
      rows.push({
        name: recorder.name,
        measure: `one value against ${useWebAssembly ? "WebAssembly" : "JavaScript"}, ns`,
        better: "lower",
        ...runs,
        against,
        notes: `hdr-histogram-js ${version()}`,
      });
    }
    return rows;
  },
};

type Timer = (recorder: unknown, values: Float64Array, from: number, count: number) => void;

interface Countable {
  readonly target: unknown;
  count(): number;
}

/** A loop of its own for each side, compiled apart from the others. */
function timerOf(call: string): Timer {
  return new Function(
    "recorder",
    "values",
    "from",
    "count",
    `const mask = values.length - 1;
     for (let i = from, end = from + count; i < end; i++) { const value = values[i & mask]; ${call}; }`,
  ) as Timer;
}

function time(
  run: Timer,
  { target, count }: Countable,
  values: Float64Array,
  round: number,
  quick: boolean,
): number {
  const length = quick ? ROUND / 10 : ROUND;
  const before = count();
  const startUs = cpuUs();
  // A prime step, so that no two rounds see the same order at the same place.
  run(target, values, round * 7919, length);
  const ns = ((cpuUs() - startUs) * 1e3) / length;
  if (count() - before !== length) throw new Error(`recorded ${count() - before} of ${length} values`);
  return ns;
}

/** Of this thread: what else runs on the machine, collects garbage or compiles does not count. */
function cpuUs(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

function peerOf(useWebAssembly: boolean): { make: () => hdr.Histogram; against: string } {
  return {
    make: () =>
      hdr.build({
        lowestDiscernibleValue: 1,
        highestTrackableValue: HIGHEST_NS,
        numberOfSignificantValueDigits: 3,
        bitBucketSize: 32,
        autoResize: false,
        useWebAssembly,
      }),
    against: `hdr-histogram-js${useWebAssembly ? " (WebAssembly)" : ""}`,
  };
}

/** Median 1 ms, sigma 1.5: from microseconds to a second. Box-Muller. */
function logNormalNs(random: Random): number {
  const u = 1 - random();
  const normal = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * random());
  return Math.min(HIGHEST_NS, 1e6 * Math.exp(1.5 * normal));
}

function version(): string {
  return (createRequire(import.meta.url)("hdr-histogram-js/package.json") as { version: string }).version;
}
