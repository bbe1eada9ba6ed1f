import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { describe, expect, it, onTestFinished } from "vitest";
import type { RunResult } from "../../src/model/result.ts";
import { useSharedBrokers } from "../support/brokers.ts";
import { runOnce } from "../support/run.ts";

/**
 * A broker that needs 8 ms for a message, at random arrivals with which no timer can fall into step: against
 * that the harness's own delay is nothing, unless somebody provokes it.
 */
const SLOW = { warmup: "200ms", duration: "3s", rate: "20/s", size: "100B" } as const;

function troubled(trouble: string, o: { fast?: boolean; threshold?: string[] } = {}): Promise<RunResult> {
  const memory = o.fast ? `{trouble: ${trouble}}` : `{trouble: ${trouble}, serviceTime: 8ms}`;
  return runOnce({
    driver: "test/drivers/troubled.ts",
    flags: {
      ...SLOW,
      ...(o.fast ? { rate: "500/s" } : {}),
      threshold: o.threshold ?? [],
      set: [`options.memory=${memory}`, "load.schedule=poisson", "expect=[]"],
    },
  });
}

const codes = (r: RunResult): string[] => r.warnings.map((w) => w.code);
const causes = (r: RunResult): string[] => (r.harness.causes ?? []).map((c) => c.code);

describe("a run whose harness is kept from its work", () => {
  it("has no verdict (exit 3) for a threshold on a response that is partly its own delay", async () => {
    // About 20 ms, nearly all of it our own: without that it might hold.
    const r = await troubled("block", { fast: true, threshold: ["e2e_response.p50 < 10ms"] });
    expect(r.validity?.["e2e_response.p50"]).toMatchObject({ verdict: "invalid" });
    expect(r.validity?.["e2e_response.p50"]?.codes[0]).toBe("HARNESS_LATE");
    expect(r.thresholds.find((t) => t.expression.startsWith("e2e"))?.invalid).toContain("HARNESS_LATE");
    expect(codes(r)).toContain("HARNESS_LATE");
    expect(r.exit.code).toBe(3);
    expect(r.exit.reasons[0]?.message).toMatch(/has no verdict: .* is invalid \(HARNESS_LATE/);
  }, 60_000);

  it("fails (exit 1) a threshold that would be missed without its own delay, too", async () => {
    const r = await troubled("block", { threshold: ["e2e_response.p50 < 1us"] });
    expect(r.validity?.["e2e_response.p50"]?.verdict).toBe("invalid");
    expect(r.exit.code).toBe(1);
  }, 60_000);

  it("passes a threshold that holds although its own delay is in the number", async () => {
    const r = await troubled("block", { threshold: ["e2e_response.p50 < 60s"] });
    expect(r.validity?.["e2e_response.p50"]?.verdict).toBe("invalid");
    expect(r.exit).toEqual({ code: 0, reasons: [] });
  }, 60_000);

  // Where others take the cores at that very moment, even this is rightly invalid: it gets further chances.
  it("fails (exit 1) a threshold that the broker alone has missed", {
    timeout: 60_000,
    retry: 3,
  }, async () => {
    const r = await troubled("none", { threshold: ["e2e_response.p50 < 1ms"] });
    expect(r.validity?.["e2e_response.p50"]).toEqual({ verdict: "valid", codes: [] });
    expect(r.exit.code).toBe(1);
  });

  it("sees its event loop blocked", async () => {
    const [blocked, free] = await Promise.all([troubled("block"), troubled("none")]);
    const busy = (r: RunResult): number => r.harness.agents[0]?.loopUtilisation ?? 0;
    expect(busy(blocked)).toBeGreaterThan(busy(free));
    expect(blocked.harness.loopDelayMaxNs).toBeGreaterThan(20e6);
  }, 60_000);

  it("counts the collector's pauses, and names them as a cause", async () => {
    const [full, free] = await Promise.all([
      troubled("garbage", { fast: true }),
      troubled("none", { fast: true }),
    ]);
    expect(full.harness.agents[0]!.gc!.count).toBeGreaterThan(free.harness.agents[0]!.gc!.count);
    expect(full.harness.agents[0]!.gc!.totalNs).toBeGreaterThan(free.harness.agents[0]!.gc!.totalNs);
    expect(causes(full)).toContain("GC_PAUSES");
  }, 60_000);

  it("tells of a clock that went back, and keeps those values out of the histograms", async () => {
    const [back, control] = await Promise.all([
      troubled("clock", { fast: true }),
      troubled("none", { fast: true }),
    ]);
    expect(codes(back)).toContain("CLOCK_ANOMALY");
    expect(back.latency.e2e_response!.anomalies).toBeGreaterThan(0);
    expect(back.latency.e2e_response!.min).toBeGreaterThanOrEqual(0);
    expect(codes(control)).not.toContain("CLOCK_ANOMALY");
  }, 60_000);

  it.skipIf(!existsSync("/proc/pressure/cpu"))(
    "names the pressure on the cores when others burn them",
    async () => {
      burn(2 * availableParallelism());
      const r = await troubled("none");
      expect(r.harness.machine?.cpuPressure).toBeGreaterThan(0.2);
      expect(causes(r)).toContain("CPU_PRESSURE");
      // Pressure names a cause; it makes nothing invalid by itself.
      expect(r.validity?.["rate.publish"]?.verdict).not.toBe("invalid");
      expect(r.exit.code).toBe(0);
    },
    60_000,
  );
});

describe("an ordinary run on a machine that it shares with its broker", () => {
  useSharedBrokers("rabbitmq");

  it("is valid, and says what the broker cost", async () => {
    const r = await runOnce({
      flags: { on: ["rabbitmq:classic"], warmup: "1s", duration: "4s", rate: "500/s", size: "1KiB" },
    });
    expect(r.exit).toEqual({ code: 0, reasons: [] });
    expect(r.validity).toMatchObject({
      lost: { verdict: "valid" },
      reordered: { verdict: "valid" },
      "rate.publish": { verdict: "valid" },
    });
    expect(r.resources?.processes).toBeGreaterThan(0);
    expect(r.resources?.cpuS).toBeGreaterThan(0);
    expect(r.resources?.rssMaxBytes).toBeGreaterThan(10 * 1024 ** 2);
    expect(r.resources?.writtenBytes).toBeGreaterThanOrEqual(0);
    // Sending and receiving live in processes of their own, so their CPU can be told apart.
    const { produceCpuPerMessageNs = 0, consumeCpuPerMessageNs = 0, cpuPerMessageNs } = r.harness;
    expect(produceCpuPerMessageNs).toBeGreaterThan(0);
    expect(consumeCpuPerMessageNs).toBeGreaterThan(0);
    expect(produceCpuPerMessageNs + consumeCpuPerMessageNs).toBeCloseTo(cpuPerMessageNs, -4);
    for (const a of r.harness.agents) {
      expect(a.series?.cpuNs).toHaveLength(4);
      expect(a.hiccup?.count).toBeGreaterThan(100);
    }
  }, 180_000);

  it("knows nothing of a broker that somebody else started", async () => {
    const r = await runOnce({ flags: { on: ["memory"], warmup: "0s", duration: "1s", rate: "100/s" } });
    expect(r.resources).toBeUndefined();
  }, 60_000);
});

function burn(processes: number): void {
  const burners: ChildProcess[] = Array.from({ length: processes }, () =>
    spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }),
  );
  onTestFinished(() => {
    for (const b of burners) b.kill("SIGKILL");
  });
}
