import type { Bench } from "./bench.ts";
import { MQBENCH, requireBuild } from "./mqbench.ts";
import { finish, lastWords } from "./process.ts";
import { interleave } from "./stats.ts";

const PAIRS = 30;
const WARM_UPS = 3;

/**
 * What `mqbench --help` costs on top of Node itself: process start to process end, wall time, with the
 * compile cache that a user has from the second call on.
 */
export const startUp: Bench = {
  name: "start-up",
  what: "mqbench --help / node -e 0, wall time",
  settings: ["process start to process end, with the compile cache that a user has from the second call on"],
  async run({ quick, pairs, seed, signal }) {
    requireBuild();
    const time = async (args: readonly string[]): Promise<number> => {
      const done = await finish({ command: process.execPath, args, signal });
      if (done.code !== 0) throw new Error(`node ${args.join(" ")}: ${lastWords(done)}`);
      return done.wallMs;
    };
    const ours = () => time([MQBENCH, "--help"]);
    const peer = () => time(["-e", "0"]);
    // Fills the page cache and Node's compile cache.
    for (let i = 0; i < WARM_UPS; i++) await interleave(1, seed, ours, peer);
    const runs = await interleave(quick ? 3 : Math.max(PAIRS, pairs), seed, ours, peer);
    return [
      {
        name: startUp.name,
        measure: "wall time, ms",
        better: "lower",
        ...runs,
        against: "node -e 0",
        goal: 3.5,
        notes: `Node ${process.version}`,
      },
    ];
  },
};
