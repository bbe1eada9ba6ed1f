import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { FRAME, readFrames, writeControl } from "../../src/load/frames.ts";
import type { AgentInit, FromAgent, ToAgent } from "../../src/load/protocol.ts";
import { preparePlans } from "../../src/run/prepare.ts";
import { until, within } from "../support/until.ts";

/** Both ends of a connection that a reset can end: its other end then never sees an orderly one. */
async function socketPair(): Promise<[ours: Socket, theirs: Socket]> {
  const server = createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const ours = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [theirs] = (await once(server, "connection")) as [Socket];
  server.close();
  return [ours, theirs];
}

async function init(): Promise<AgentInit> {
  // Its driver does not come to an end of closing.
  const driver = join(import.meta.dirname, "..", "support", "clinging-memory.ts");
  const flags = { durability: "memory", duration: "10m", rate: "100/s", set: ["expect=[]"] };
  const { plan } = (await preparePlans({ profile: "quick", driver, flags, env: {} })).runs[0]!;
  return {
    ...{ type: "init", name: "agent", plan, runNumber: 1, url: "", ownsStream: true },
    topology: {
      ...{ name: "orphan", partitions: 1, subscriptions: ["sub-0"] },
      ...{ durability: plan.durability, maxMessageBytes: 1024 },
    },
    producers: [0],
    consumers: [{ subscription: 0, index: 0 }],
  };
}

it.concurrent.each([
  ["is reset", (pipe: Socket) => pipe.resetAndDestroy()],
  ["ends", (pipe: Socket) => pipe.end()],
] as const)(
  "an agent in mid-run whose pipe %s leaves, though its client does not",
  async (_, breakOff) => {
    const [pipe, theirs] = await socketPair();
    const entry = fileURLToPath(new URL("../../src/run/agent-main.ts", import.meta.url));
    const child = spawn(process.execPath, [entry], {
      stdio: ["ignore", "ignore", "inherit", theirs],
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    try {
      // The agent's is the only one from here on.
      theirs.destroy();
      const exit = once(child, "exit");
      const heard = new Set<string>();
      let ticks = 0;
      readFrames(pipe, (type, payload) => {
        if (type !== FRAME.control) return;
        const message = JSON.parse(payload.toString()) as FromAgent;
        heard.add(message.type);
        if (message.type === "tick") ticks++;
      });
      const tell = (message: ToAgent): void => writeControl(pipe, message);
      tell(await init());
      await until(
        "the agent",
        () => heard.has("ready"),
        20_000,
        () => [...heard],
      );
      tell({ type: "start", origin: process.hrtime() });
      await until(
        "its second second",
        () => ticks >= 2,
        20_000,
        () => [...heard],
      );
      expect([child.exitCode, child.signalCode]).toEqual([null, null]);
      breakOff(pipe);
      // It gives its client some seconds.
      await within("the agent's end", exit, 20_000);
    } finally {
      child.kill("SIGKILL");
    }
  },
  60_000,
);
