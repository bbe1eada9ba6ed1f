import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { thisHost } from "../src/brokers/host.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { floor } from "./floor.ts";
import { guaranteePrice } from "./guarantee-price.ts";
import { kafka1KiB, kafka100 } from "./kafka.ts";
import { kafkaClients } from "./kafka-clients.ts";
import { memoryFlat } from "./memory-flat.ts";
import { rabbitClassic, rabbitQuorum } from "./rabbitmq.ts";
import { recorder } from "./recorder.ts";
import { type ResultFile, renderResults } from "./results.ts";
import { startUp } from "./start-up.ts";

/**
 * `npm run bench [-- NAME…] [--pairs N] [--quick]`: mqbench against its peers, as ratios of interleaved pairs
 * on one machine and one broker. Absolute numbers are this machine's; the ratio is the result. Not part of
 * `npm test`: it needs a quiet machine and more than an hour.
 */
const BENCHES: readonly Bench[] = [
  startUp,
  recorder,
  floor,
  kafka100,
  kafka1KiB,
  kafkaClients,
  rabbitClassic,
  rabbitQuorum,
  guaranteePrice,
  memoryFlat,
];

const FILE = new URL("RESULTS.md", import.meta.url);
/** Fewer pairs than this decide nothing in a paired test (docs: measuring). */
const PAIRS = 6;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: "string", default: String(PAIRS) },
    quick: { type: "boolean", default: false },
    seed: { type: "string", default: "1" },
    target: { type: "string", default: "rabbitmq:classic" },
    duration: { type: "string", default: "600" },
    rate: { type: "string", default: "10k/s" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) usage();
else await main();

async function main(): Promise<void> {
  const unknown = positionals.filter((name) => !BENCHES.some((b) => b.name === name));
  const pairs = Number(values.pairs);
  const durationS = Number(values.duration);
  if (unknown.length > 0 || !(Number.isInteger(pairs) && pairs > 0) || !(durationS > 0)) {
    usage(unknown.length > 0 ? `There is no bench ${unknown.join(", ")}.` : "A number is wrong.");
    process.exitCode = 2;
    return;
  }
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort(new Error("interrupted")));
  process.once("SIGTERM", () => stop.abort(new Error("interrupted")));
  const { cacheDir } = thisHost();
  mkdirSync(cacheDir, { recursive: true });
  const context: BenchContext = {
    pairs: values.quick ? 1 : pairs,
    quick: values.quick,
    seed: Number(values.seed),
    cacheDir,
    target: values.target,
    durationS: values.quick ? 15 : durationS,
    rate: values.rate,
    signal: stop.signal,
    note: (line) => process.stderr.write(`${line}\n`),
  };
  const chosen = positionals.length > 0 ? BENCHES.filter((b) => positionals.includes(b.name)) : BENCHES;
  let file: ResultFile = { before: readBefore(), rows: [], benches: BENCHES };
  for (const bench of chosen) {
    context.note(`${bench.name}: ${bench.what}`);
    try {
      const rows = await bench.run(context);
      file = { ...file, rows: [...file.rows, ...rows] };
      process.stdout.write(renderResults({ before: "", rows, benches: [] }, "rows"));
    } catch (error) {
      process.stderr.write(`${bench.name} failed: ${error instanceof Error ? error.message : error}\n`);
      process.exitCode = 1;
      if (stop.signal.aborted) break;
    }
    // A shortened run says whether a bench works, nothing about speed: it leaves no numbers behind.
    if (!values.quick && file.rows.length > 0) writeFileSync(FILE, renderResults(file, "file"));
  }
}

function readBefore(): string {
  try {
    return readFileSync(FILE, "utf8");
  } catch {
    return "";
  }
}

function usage(problem?: string): void {
  const lines = [
    ...(problem ? [problem, ""] : []),
    "npm run bench [-- NAME…] [--pairs N] [--quick] [--seed N]",
    "  memory-flat also takes --target SYSTEM:MODE, --duration SECONDS and --rate 10k/s",
    "",
    ...BENCHES.map((b) => `  ${b.name.padEnd(18)}${b.what}`),
  ];
  process.stderr.write(`${lines.join("\n")}\n`);
}
