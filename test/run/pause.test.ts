import { describe, expect, it } from "vitest";
import { expectHonest, expectStopped } from "../support/fault-laws.ts";
import { runOnce } from "../support/run.ts";

const FLAGS = { warmup: "500ms", duration: "3s", rate: "1k/s", size: "200B" } as const;

describe.each(["kafka", "rabbitmq:quorum"])("a broker that mqbench started: %s", (target) => {
  it("is paused, and the pause is in the latencies at its real size", async () => {
    const r = await runOnce({ flags: { ...FLAGS, on: [target], fault: ["pause at=1s for=600ms"] } });
    expectHonest(r);
    const [pause] = r.faults!;
    expect(pause).toMatchObject({ kind: "pause", bit: true });
    expect(pause!.evidence.processes).toBeGreaterThan(0);
    expect(pause!.evidence.inFlight).toBeGreaterThan(100);
    // A message that was due when it began waited for all of it.
    const lastedNs = pause!.endNs! - pause!.startNs!;
    expect(lastedNs).toBeGreaterThan(500e6);
    expect(r.latency.e2e_response!.max).toBeGreaterThan(0.9 * lastedNs);
    expectStopped(r, pause!);
    expect(r.counts).toMatchObject({ offered: 3500, acked: 3500, unknown: 0 });
    // No network fault, no proxy.
    expect(r.target.notes.join()).not.toContain("proxy");
  }, 120_000);
});
