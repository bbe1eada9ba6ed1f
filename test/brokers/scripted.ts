import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Wanted } from "../../src/brokers/launch.ts";
import type { NodePlace, NodePlan, ProcessPlan } from "../../src/brokers/native.ts";

/** A "broker" whose nodes are shell scripts; each serves as soon as its log says SERVING. */
export function scripted(script: string, nodes = 1, helpers: readonly ProcessPlan[] = []): Wanted {
  const plan = ({ name, dir, ports }: NodePlace): NodePlan => ({
    ...{ name, dir, ownName: name, address: `127.0.0.1:${ports[0]}`, ports: { client: ports[0]! } },
    ...{ command: "/bin/sh", args: ["-c", script], env: { PATH: process.env.PATH ?? "" } },
  });
  const probe = async ({ dir }: NodePlan) => {
    if (!readFileSync(join(dir, "broker.log"), "utf8").includes("SERVING")) throw new Error("not yet");
    return {};
  };
  return {
    native: { system: "fake", probe },
    requested: "1",
    installation: {
      version: "1",
      facts: {},
      ports: { perNode: 1, shared: 0 },
      configure: (places) => ({ helpers, nodes: places.map(plan), url: "127.0.0.1:1", facts: {} }),
    },
    nodes,
  };
}
