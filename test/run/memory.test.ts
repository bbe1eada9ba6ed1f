import { describe, expect, it } from "vitest";
import { children, run, runOnce } from "../support/run.ts";

const flags = { on: ["memory"], warmup: "200ms", duration: "1s", rate: "5k/s", size: "100B" } as const;
const lie = (text: string) => ({ ...flags, messages: "2000", set: [`options.memory=${text}`] });

describe("a run on the memory broker", () => {
  it("closes, and passes", async () => {
    const r = await runOnce({ flags });
    expect(r.exit).toEqual({ code: 0, reasons: [] });
    expect(r.state).toBe("finished");
    expect(r.counts).toMatchObject({ offered: 6000, acked: 6000, delivered: 6000, unique: 6000, lost: 0 });
    expect(r.latency.e2e_response?.count).toBe(5000);
    expect(r.latency.schedule_delay?.count).toBe(5000);
  });

  it("gives every subscription every message, over partitions, producers and competing consumers", async () => {
    const set = [
      "stream.partitions=3",
      "stream.subscriptions=2",
      "producers.count=2",
      "consumers.count=2",
      "consumers.sharing=compete",
    ];
    const r = await runOnce({ flags: { ...flags, set } });
    expect(r.exit.reasons).toEqual([]);
    expect(r.subscriptions.map((s) => [s.unique, s.closes])).toEqual([
      [6000, true],
      [6000, true],
    ]);
  });

  it("leaves response and service alike in a closed loop, and says what it sent", async () => {
    const r = await runOnce({
      profile: "throughput",
      flags: { on: ["memory"], warmup: "200ms", duration: "500ms" },
    });
    expect(r.rates.offered).toBeNull();
    expect(r.latency.schedule_delay).toBeUndefined();
    expect(r.counts.unique).toBe(r.counts.offered);
    expect(r.latency.e2e_response?.max).toBe(r.latency.e2e_service?.max);
  });

  it.each([
    ["copy", "{copy: {at: [500, 700]}}", "COPIED", { copied: 2 }],
    ["swap", "{swap: {at: [500]}}", "REORDERED", { reordered: 1 }],
    // What was damaged did not arrive: it is lost too.
    ["drop and flip a bit", "{drop: {at: [500]}, corrupt: {at: [700]}}", "LOST", { lost: 2, corrupt: 1 }],
  ])(
    "finds a broker that does %s, with the exact count, and fails",
    async (_, text, code, counts) => {
      const r = await runOnce({ flags: lie(text) });
      expect(r.findings.map((f) => f.code)).toContain(code);
      expect(r.counts).toMatchObject(counts);
      expect(r.exit.code).toBe(1);
      expect(r.subscriptions[0]?.closes).toBe(true);
    },
    60_000,
  );

  it("shows a stall of the broker in the response, and hides it in the service time with one in flight", async () => {
    const r = await runOnce({
      flags: {
        ...flags,
        rate: "1k/s",
        duration: "2s",
        set: ["options.memory={stall: {at: 700ms, for: 500ms}}", "producers.maxInFlight=1"],
      },
    });
    const { publish_response, publish_service } = r.latency;
    // 500 of 2000 messages were due during the stall; the one in flight alone has it in its service time.
    expect(publish_response!.percentiles["90"]).toBeGreaterThan(200e6);
    expect(publish_service!.percentiles["99"]).toBeLessThan(100e6);
    expect(publish_service!.max).toBeGreaterThan(400e6);
  });

  it("ends as overloaded, with exit 7, when it cannot keep the rate", async () => {
    const r = await runOnce({
      flags: {
        ...flags,
        rate: "1k/s",
        duration: "10s",
        set: ["options.memory={serviceTime: 20ms}", "producers.maxInFlight=1", "load.maxBacklog=300ms"],
      },
    });
    expect(r.exit.code).toBe(7);
    expect(r.exit.reasons[0]?.message).toMatch(/overloaded: 1\.00k\/s asked for, .* sustained/);
    expect(r.counts.unique).toBe(r.counts.offered);
  }, 60_000);

  it.each(["SIGINT", "SIGTERM"])(
    "keeps what it measured when %s comes",
    async (name) => {
      const abort = new AbortController();
      let seconds = 0;
      const done = await run({
        flags: { ...flags, duration: "60s" },
        signal: abort.signal,
        watch: {
          second: () => {
            if (++seconds === 2) abort.abort(name);
          },
        },
      });
      const r = done.runs[0]!.result;
      expect(r.state).toBe("interrupted");
      expect(r.exit.code).toBe(name === "SIGINT" ? 130 : 143);
      expect(r.counts.unique).toBe(r.counts.offered);
      expect(r.counts.offered).toBeGreaterThan(5000);
      expect(r.latency.e2e_response?.count).toBeGreaterThan(1000);
    },
    60_000,
  );

  it("says so, as a bug, when an agent dies, and keeps what it had shipped", async () => {
    let seconds = 0;
    const done = await run({
      flags: { ...flags, duration: "60s" },
      watch: {
        second: () => {
          if (++seconds === 2) void children("agent-main").then((pids) => process.kill(pids[0]!, "SIGKILL"));
        },
      },
    });
    const r = done.runs[0]!.result;
    expect(r.state).toBe("failed");
    expect(r.exit.code).toBe(70);
    expect(r.exit.reasons[0]?.message).toMatch(/agent.*ended unexpectedly \(SIGKILL\)/);
    expect(r.counts.offered).toBeGreaterThan(1000);
  }, 60_000);
});
