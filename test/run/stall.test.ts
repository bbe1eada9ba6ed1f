import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import { obtainBroker } from "../../src/brokers/provider.ts";
import { kafkaProxy } from "../support/kafka-proxy.ts";
import { type Mismatch, mismatches } from "../support/percentiles.ts";
import { drainOf, stalledResponses } from "../support/stall-theory.ts";
import { type StalledRun, stalledRun } from "../support/stalled-run.ts";
import { type Staller, stopSignals } from "../support/staller.ts";
import { tcpProxy } from "../support/tcp-proxy.ts";

const WARMUP_S = 2;
const MEASURE_S = 3;
const STALL_MS = 1200;
/** An undisturbed message that took longer says that the machine was elsewhere; so does a later wake-up. */
const HICCUP_NS = 20e6;

const TARGETS = [
  ["kafka", "kafka:log@witness"],
  ["rabbitmq", "rabbitmq:quorum@witness"],
] as const;

describe.each(TARGETS)("a broker that stands still: %s", (system, target) => {
  let broker: BrokerLease;
  beforeAll(async () => {
    broker = await obtainBroker(system, { onProgress: () => {}, signal: new AbortController().signal });
  });
  afterAll(() => broker?.release());

  const stalled = (url: string, staller: Staller, ratePerS: number, inFlight: number) =>
    stalledRun(
      system,
      {
        urls: new Map([[system, url]]),
        flags: {
          on: [target],
          rate: `${ratePerS}/s`,
          size: "100B",
          warmup: `${WARMUP_S}s`,
          duration: `${MEASURE_S}s`,
          "in-flight": String(inFlight),
        },
      },
      staller,
      STALL_MS,
    );

  it("shows in the response as theory says, at every quantile, under SIGSTOP", async () => {
    await agrees(() => stalled(broker.url, stopSignals(broker.pids), 500, 100), 500);
  }, 120_000);

  it("shows in the response as theory says, at every quantile, when only the network stands still", async () => {
    const proxy = await proxyOf(system, broker.url);
    onTestFinished(() => proxy.close());
    const staller = { begin: () => proxy.hold(), end: () => proxy.restore() };
    await agrees(() => stalled(proxy.url, staller, 500, 100), 500);
  }, 120_000);

  it("hides in the service time with one message in flight, and shows in the response", async () => {
    const { result } = await agrees(() => stalled(broker.url, stopSignals(broker.pids), 200, 1), 200);
    const { publish_response: response, publish_service: service } = result.latency;
    // A single message was underway, of 600: a hundred times fewer than 1 %.
    expect(service!.percentiles["99"]).toBeLessThan(0.1 * STALL_MS * 1e6);
    expect(service!.max).toBeGreaterThan(0.95 * STALL_MS * 1e6);
    // 1 % of the schedule is 6 messages, 25 ms: what was due that long after the stall began.
    expect(response!.percentiles["99"]).toBeGreaterThan(0.95 * STALL_MS * 1e6);
  }, 120_000);
});

async function proxyOf(system: string, url: string) {
  if (system === "kafka") return await kafkaProxy(url);
  const { port, username, password } = new URL(url);
  const proxy = await tcpProxy({ host: "127.0.0.1", port: Number(port) });
  return { ...proxy, url: `amqp://${username}:${password}@127.0.0.1:${proxy.port}` };
}

/**
 * Measures until run.json and theory agree, or they disagree though the machine gave no reason to: at most
 * three times, and each repetition is said.
 */
async function agrees(measure: () => Promise<StalledRun>, ratePerS: number): Promise<StalledRun> {
  for (let attempt = 1; ; attempt++) {
    const run = await measure();
    const { counts, harness } = run.result;
    expect(counts).toMatchObject({ unique: counts.offered, lost: 0, unknown: 0, failed: 0 });
    const judged = [
      judge(run, "publish_response", run.seen.acked, ratePerS),
      judge(run, "e2e_response", run.seen.delivered, ratePerS),
    ];
    const off = judged.flatMap((j) => j.off);
    if (off.length === 0) return run;
    const hiccups = { latenessNs: harness.latenessP99Ns, ...judged.map((j) => j.hiccups) };
    const text = `the machine hiccuped: ${JSON.stringify(hiccups)}`;
    const worstNs = Math.max(harness.latenessP99Ns, ...judged.flatMap((j) => Object.values(j.hiccups)));
    if (attempt === 3 || worstNs <= HICCUP_NS) expect(off, text).toEqual([]);
    process.stderr.write(`${text}; measured again\n`);
  }
}

interface Judged {
  readonly off: readonly (Mismatch & { readonly metric: string })[];
  /** What the machine did to messages that the stall did not touch, and around its ends, ns. */
  readonly hiccups: {
    readonly undisturbedNs: number;
    readonly underwayNs: number;
    readonly wakeUpNs: number;
  };
}

function judge(
  run: StalledRun,
  metric: "publish_response" | "e2e_response",
  doneNs: readonly number[],
  ratePerS: number,
): Judged {
  const due = Array.from({ length: (WARMUP_S + MEASURE_S) * ratePerS }, (_, i) => (i * 1e9) / ratePerS);
  const measured = run.result.latency[metric]!;
  expect([doneNs.length, measured.count]).toEqual([due.length, MEASURE_S * ratePerS]);
  const from = WARMUP_S * ratePerS;
  const took = doneNs.map((t, i) => t - due[i]!);
  const before = doneNs.findIndex((t) => t >= run.stall.endNs);
  const floorNs = median(took.slice(from, before));
  const drain = drainOf(doneNs, due, run.stall.endNs, floorNs);
  const after = before + drain.at(-1)!.through;
  const noiseNs = Math.max(...took.slice(from, before), ...took.slice(after));
  // Whatever the machine did: something fell due as the stall began, and waited to its end.
  expect(measured.max).toBeGreaterThan(run.stall.endNs - run.stall.beginNs - 1e9 / ratePerS);
  const theory = stalledResponses({ dueNs: due, before, floorNs, drain }).slice(from);
  return {
    // Below what undisturbed messages took a quantile holds messages of both kinds.
    off: mismatches(measured, theory, Math.min(noiseNs, 0.5 * STALL_MS * 1e6)).map((m) => ({ metric, ...m })),
    hiccups: {
      undisturbedNs: noiseNs,
      // What was due before the stall and yet caught by it was underway for this long.
      underwayNs: run.stall.beginNs - due[before]!,
      wakeUpNs: drain[0]!.atNs - run.stall.endNs,
    },
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
