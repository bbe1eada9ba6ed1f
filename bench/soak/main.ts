import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createRandom } from "../../src/model/random.ts";
import { MQBENCH, parseRun, requireBuild } from "../mqbench.ts";
import { finish, lastWords } from "../process.ts";
import { CELLS, type Cell } from "./cells.ts";
import { drawFaults, measureMs, shuffled } from "./draw.ts";
import { scoreOf } from "./score.ts";
import { nameOf, type Scored, soakTable } from "./table.ts";

/**
 * `npm run soak [-- CELL…] [--minutes N] [--rounds N] [--injections N] [--seed N]`: every correct configuration under
 * every kind of fault, and every negative control. Ends with exit code 1 when a run has a finding that it must not
 * have, when a control does not show its anomaly, or when too few faults bit. Not part of `npm test`.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "90" },
    rounds: { type: "string", default: "5" },
    injections: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", default: false },
  },
});

/** Brokers end, and the table is printed, within the time that was given. */
const END_MS = 20_000;
const RATE = "500/s";

if (values.help) usage();
else await main();

async function main(): Promise<void> {
  const cells = CELLS.filter((c) => positionals.every((word) => nameOf(c).includes(word)));
  const [minutes, rounds, injections, seed] = [
    values.minutes,
    values.rounds,
    values.injections,
    values.seed,
  ].map(Number) as [number, number, number, number];
  if (cells.length === 0 || !(minutes > 0 && rounds >= 1 && injections >= 1 && seed >= 0)) {
    usage(cells.length === 0 ? `No cell is called ${positionals.join(" ")}.` : "A number is wrong.");
    process.exitCode = 2;
    return;
  }
  requireBuild();
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.once(name, () => stop.abort(new Error("interrupted")));
  const endMs = Date.now() + minutes * 60_000 - END_MS;
  // Of its own: who runs a soak may have brokers up.
  const state = await mkdtemp(join(tmpdir(), "mqbench-soak-"));
  const mqbench = (args: readonly string[], signal = stop.signal) =>
    finish({ command: process.execPath, args: [MQBENCH, ...args], env: { MQBENCH_STATE: state }, signal });
  const runs: Scored[] = [];
  let broken: unknown;
  try {
    const systems = [...new Set(cells.map(systemOf))];
    const up = await mqbench(["up", ...systems]);
    if (up.code !== 0) throw new Error(`no brokers, ${lastWords(up)}`);
    // The systems side by side: what is judged is messages, not times.
    await Promise.all(systems.map((system) => rounded(cells.filter((c) => systemOf(c) === system))));
  } catch (error) {
    broken = error;
  } finally {
    await mqbench(["down"], new AbortController().signal);
    await rm(state, { recursive: true, force: true });
  }
  const { text, wrong } = soakTable(cells, runs);
  process.stdout.write(
    `${text}\n${runs.length} runs, seed ${seed}\n${wrong.map((w) => `WRONG ${w}\n`).join("")}`,
  );
  if (broken !== undefined)
    process.stderr.write(`stopped: ${broken instanceof Error ? broken.message : broken}\n`);
  process.exitCode = wrong.length > 0 || broken !== undefined || runs.length === 0 ? 1 : 0;

  async function rounded(own: readonly Cell[]): Promise<void> {
    for (let round = 0; round < rounds; round++)
      for (const cell of shuffled(own, createRandom(seed, round))) {
        if (stop.signal.aborted || Date.now() + lengthMs(cell, injections) > endMs) continue;
        runs.push(await scored(cell, CELLS.indexOf(cell) + round * CELLS.length));
      }
  }

  async function scored(cell: Cell, number: number): Promise<Scored> {
    const faults = drawFaults(cell.kind, injections, createRandom(seed, 1000 + number));
    const args = [
      ...["quick", "--on", cell.target, "--rate", cell.rate ?? RATE, ...cell.flags, "--warmup", "1s"],
      ...["--duration", `${measureMs(cell.kind, injections)}ms`, "--set", "phases.drain=60s"],
      ...["--seed", String(seed * 1000 + number), "--no-floor"],
      ...faults.flatMap((f) => ["--fault", f]),
    ];
    const command = `mqbench run ${args.map((a) => (/[ '"]/.test(a) ? `'${a}'` : a)).join(" ")}`;
    const done = await mqbench(["run", ...args, "--json", "--out", join(state, "results")]);
    const result = parseRun(done.stdout);
    const score = result
      ? scoreOf(cell, result)
      : { injections: 0, bit: 0, told: 0, shown: 0, wrong: [`no result, ${lastWords(done)}`] };
    process.stderr.write(
      `${nameOf(cell)}: ${score.bit} of ${score.injections} bit${cell.shows ? `, ${cell.shows} in ${score.shown} of ${score.told}` : ""}${score.wrong.map((w) => `; WRONG ${w}`).join("")}\n`,
    );
    return { cell, score, command };
  }
}

function systemOf({ target }: Cell): string {
  return target.split(":")[0]!;
}

/** How long a run takes, about: its phases, and its agents' start and end. */
function lengthMs({ kind }: Cell, injections: number): number {
  return measureMs(kind, injections) + 8000;
}

function usage(problem?: string): void {
  const lines = [
    ...(problem ? [problem, ""] : []),
    "npm run soak [-- WORD…] [--minutes N] [--rounds N] [--injections N] [--seed N]",
    "  only the cells whose names have all of the words:",
    "",
    ...CELLS.map((c) => `  ${nameOf(c)}${c.shows ? ` (control: ${c.shows})` : ""}`),
  ];
  process.stderr.write(`${lines.join("\n")}\n`);
}
