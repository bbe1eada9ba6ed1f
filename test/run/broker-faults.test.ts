import { describe, expect, it, onTestFinished } from "vitest";
import { signalTo } from "../../src/brokers/ending.ts";
import { ownBroker, sharedBroker } from "../support/brokers.ts";
import { run } from "../support/run.ts";
import { tcpProxy } from "../support/tcp-proxy.ts";

const GIVE_UP = "options.rabbitmq.reconnect.giveUpAfter=500ms";

const FLAGS = { warmup: "2s", duration: "3s", rate: "500/s", size: "100B" } as const;

describe.each(["kafka", "rabbitmq:quorum", "rabbitmq:classic"])("%s", (target) => {
  const system = target.split(":")[0]!;

  // The other kind of queue is the same client.
  it.each(target === "rabbitmq:classic" ? ["measure"] : ["warmup", "measure", "drain"])(
    "killed in the %s phase: exit 6, and nothing measured is lost",
    async (phase) => {
      const lease = await ownBroker(system);
      const kill = (): void => {
        // One of them may have ended with another.
        for (const pid of lease.pids) signalTo(pid, "SIGKILL");
      };
      let seconds = 0;
      let now: string = "";
      const done = await run({
        urls: new Map([[system, lease.url]]),
        // One of them gives up by itself, and of the others the run does.
        flags: { ...FLAGS, on: [target], ...(target === "rabbitmq:classic" ? { set: [GIVE_UP] } : {}) },
        watch: {
          phase: (name) => {
            now = name;
            if (name === "drain" && phase === "drain") kill();
          },
          second: () => {
            if (now === phase && phase !== "drain" && ++seconds === 1) kill();
          },
        },
      });
      expect(done.error).toBeUndefined();
      const r = done.runs[0]!.result;
      expect(r.exit.code).toBe(6);
      // Once everything is verified a dead broker shows only when the stream cannot be removed.
      expect(r.exit.reasons[0]?.message).toMatch(/the broker went away|could not be removed/);
      expect(r.counts.offered).toBe(r.counts.acked + r.counts.failed + r.counts.unknown + r.counts.unasked);
      expect(r.subscriptions.every((s) => s.closes)).toBe(true);
      // In the warm-up it is killed after a second, of which a busy machine has lost some.
      expect(r.counts.acked).toBeGreaterThan(phase === "warmup" ? 10 : 100);
      if (phase !== "warmup") expect(r.latency.e2e_response?.count).toBeGreaterThan(100);
    },
    60_000,
  );
});

it("a cut connection ends the run with exit 6 where none is to follow, what was in flight unknown (control)", async () => {
  const lease = await sharedBroker("rabbitmq");
  const { port, username, password } = new URL(lease.url);
  const proxy = await tcpProxy({ host: "127.0.0.1", port: Number(port) });
  onTestFinished(() => proxy.close());
  let seconds = 0;
  const done = await run({
    urls: new Map([["rabbitmq", `amqp://${username}:${password}@127.0.0.1:${proxy.port}`]]),
    flags: {
      ...{ ...FLAGS, on: ["rabbitmq:quorum"], rate: "2k/s" },
      set: ["options.rabbitmq.reconnect=off"],
    },
    watch: {
      second: () => {
        if (++seconds === 4) proxy.cut();
      },
    },
  });
  const r = done.runs[0]!.result;
  expect(r.exit.code).toBe(6);
  expect(r.counts.lost).toBe(0);
  expect(r.counts.acked + r.counts.unknown + r.counts.failed).toBe(r.counts.offered);
}, 60_000);
