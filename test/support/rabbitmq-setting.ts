import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import type { BrokerLease } from "../../src/brokers/broker.ts";

/** Sets a variable of the application `rabbit` on a local node that runs, as `advanced.config` would have. */
export async function setRabbit({ nodes }: BrokerLease, name: string, value: number): Promise<void> {
  const node = nodes[0]!;
  const env = node
    .pids()
    .map(environmentOf)
    .find((e) => e.RABBITMQ_NODENAME !== undefined);
  const call = `rpc:call('${node.ownName}', application, set_env, [rabbit, ${name}, ${value}], 5000)`;
  const { stdout } = await promisify(execFile)(
    "erl",
    [
      ...["-noinput", "-hidden", "-start_epmd", "false", "-dist_listen", "false"],
      ...["-sname", `mqbenchset${process.pid}@localhost`],
      ...["-eval", `io:format("~p", [${call}]), halt().`],
    ],
    { env, timeout: 30_000 },
  );
  if (stdout !== "ok") throw new Error(`rabbit.${name} was not set: ${stdout}`);
}

function environmentOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  return Object.fromEntries(
    lines.filter((line) => line.includes("=")).map((line) => line.split(/=(.*)/s, 2) as [string, string]),
  );
}
