import { describe, expect, it, onTestFinished } from "vitest";
import { obtainBroker } from "../../src/brokers/provider.ts";
import { bucketLow } from "../../src/model/hdr.ts";
import { decodeHistogram } from "../../src/report/histogram.ts";
import { runOnce } from "../support/run.ts";

const RATE_PER_S = 500;
const LIMIT_NS = 100e6;

describe.each(["kafka", "rabbitmq:quorum"])("%s under SIGSTOP for a second", (target) => {
  it("shows the stall in the response at the size that theory says", async () => {
    const system = target.split(":")[0]!;
    const broker = await obtainBroker(system, { onProgress: () => {}, signal: new AbortController().signal });
    onTestFinished(() => broker.release());
    const signal = (name: NodeJS.Signals): void => {
      for (const pid of broker.pids) process.kill(pid, name);
    };
    let stallNs = 0;
    const stall = (): void => {
      const from = process.hrtime.bigint();
      signal("SIGSTOP");
      setTimeout(() => {
        signal("SIGCONT");
        stallNs = Number(process.hrtime.bigint() - from);
      }, 1000);
    };
    const r = await runOnce({
      urls: new Map([[system, broker.url]]),
      flags: { on: [target], rate: `${RATE_PER_S}/s`, size: "100B", warmup: "3s", duration: "8s" },
      watch: {
        phase: (name) => {
          if (name === "measure") setTimeout(stall, 3000);
        },
      },
    });
    const response = r.latency.e2e_response!;
    const counts = decodeHistogram(response.histogram.data);
    const late = counts.reduce((n, count, i) => (bucketLow(i) > LIMIT_NS ? n + count : n), 0);
    // Due while the broker stood still, and not within the last 100 ms of it.
    const want = RATE_PER_S * ((stallNs - LIMIT_NS) / 1e9);
    expect(response.percentiles["99"]).toBeGreaterThan(750e6);
    expect(late / want).toBeGreaterThan(0.95);
    // No upper bound: what fell due afterwards waits for the backlog to go, as long as the machine takes.
    expect(r.counts.unique).toBe(r.counts.offered);
  }, 90_000);
});
