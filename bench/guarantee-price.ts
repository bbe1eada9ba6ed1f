import { givenUrls } from "../src/brokers/given.ts";
import { obtainBroker } from "../src/brokers/provider.ts";
import type { RunResult } from "../src/model/result.ts";
import type { Bench, BenchContext, Row } from "./bench.ts";
import { openBenchBroker } from "./kafka-broker.ts";
import { runMqbench } from "./mqbench.ts";
import { interleave } from "./stats.ts";

const GUARANTEE = "at-least-once";
/** At most 5 % less than without it. */
const GOAL = 0.95;

/** What it costs to be promised something: the profile `throughput` with a guarantee, against itself without one. */
export const guaranteePrice: Bench = {
  name: "guarantee-price",
  what: `the profile throughput with --guarantee ${GUARANTEE} / without`,
  settings: [
    "the same profile, broker process and client, in turn, each on a fresh stream that is deleted before the next run begins; producer and consumer run at the same time",
    "without: what the profile and its defaults say; with: what the guarantee sets on that system (src/run/plan/guarantees.yaml), and its verdict, which has to be held",
    "both account for and verify every message: the difference is the settings' and the verdict's",
    "20 s after 5 s of warm-up",
  ],
  async run(context) {
    const kafka = await openBenchBroker(context);
    const rows: Row[] = [];
    try {
      rows.push(...(await compare("kafka@wire", { MQBENCH_KAFKA_URL: kafka.url }, kafka.measured, context)));
    } finally {
      await kafka.close();
    }
    const { note, signal } = context;
    const url = givenUrls([], process.env).get("rabbitmq");
    const rabbitmq = await obtainBroker("rabbitmq", { ...(url ? { url } : {}), onProgress: note, signal });
    const env = { MQBENCH_RABBITMQ_URL: rabbitmq.url };
    try {
      for (const target of ["rabbitmq:quorum", "rabbitmq:classic"])
        rows.push(...(await compare(target, env, (work) => work(), context)));
    } finally {
      await rabbitmq.release();
    }
    return rows;
  },
};

async function compare(
  target: string,
  env: Readonly<Record<string, string>>,
  measured: (work: () => Promise<RunResult>) => Promise<RunResult>,
  { pairs, seed, quick, signal, note }: BenchContext,
): Promise<readonly Row[]> {
  const run = async (flags: readonly string[]): Promise<RunResult> => {
    const result = await measured(() =>
      runMqbench({
        args: [
          ...["throughput", "--on", target, ...flags, "--set", "phases.drain=5m", "--no-floor"],
          ...["--warmup", quick ? "2s" : "5s", "--duration", quick ? "3s" : "20s"],
        ],
        // By the environment: a URL holds a password, and arguments are public on a machine.
        env,
        signal,
      }),
    );
    const { publish, consume } = result.rates;
    note(
      `  ${target} ${flags.join(" ") || "alone"}: acknowledged ${Math.round(publish)}/s, consumed ${Math.round(consume)}/s`,
    );
    return result;
  };
  const runs = await interleave(
    pairs,
    seed,
    () => run(["--guarantee", GUARANTEE]),
    () => run([]),
  );
  const unheld = runs.ours.find((r) => r.guarantee?.verdict !== "held");
  if (unheld) throw new Error(`${target}: ${GUARANTEE} was ${unheld.guarantee?.verdict ?? "not judged"}`);
  const { version, clientVersion } = runs.ours[0]!.target;
  const rowOf = (what: string, rate: "publish" | "consume"): Row => ({
    name: guaranteePrice.name,
    measure: `${target} ${GUARANTEE}, ${what}, msg/s`,
    better: "higher",
    ours: runs.ours.map((r) => r.rates[rate]),
    peer: runs.peer.map((r) => r.rates[rate]),
    against: "the profile alone",
    goal: GOAL,
    notes: `broker ${version}, client ${clientVersion}, Node ${process.version}; all messages of both verified`,
  });
  return [rowOf("acknowledged", "publish"), rowOf("consumed", "consume")];
}
