import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BrokerFacts } from "../broker.ts";
import { LOG_NAME, type NodePlan } from "../native.ts";
import { ask } from "../probe-socket.ts";
import { PASSWORD, USER } from "./config.ts";

const AMQP_0_9_1 = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]);
const METHOD_FRAME = 1;
/** Connection.Start: class 10, method 10 (AMQP 0-9-1 reference). */
const CONNECTION_START = 0x000a000a;
const FRAME_HEADER_BYTES = 7;

/**
 * Rejects until AMQP greets, the management plugin answers and knows every peer as running; resolves with what
 * both say of themselves.
 */
export async function probeRabbit(
  node: NodePlan,
  peers: readonly NodePlan[],
  signal: AbortSignal,
): Promise<BrokerFacts> {
  await ask(node.ports.amqp!, AMQP_0_9_1, signal, greeting);
  const overview = (await management(node, "overview", signal)) as Overview;
  if (peers.length > 0) {
    const members = (await management(node, "nodes?columns=name,running", signal)) as readonly Member[];
    const running = new Set(members.filter((m) => m.running).map((m) => m.name));
    const missing = peers.find(({ ownName }) => !running.has(ownName));
    if (missing) throw new Error(`${missing.name} has not joined yet`);
  }
  // The management plugin knows the limit only after its first statistics, 5 s later; the log has it at once.
  const limit = memoryLimitBytes(readFileSync(join(node.dir, LOG_NAME), "utf8"));
  const erlang = overview.erlang_version;
  return limit === undefined ? { erlang } : { erlang, memoryLimitBytes: limit };
}

/** Above it RabbitMQ blocks publishers. */
export function memoryLimitBytes(log: string): number | undefined {
  const match = /Memory high watermark set to \d+ MiB \((\d+) bytes\)/.exec(log);
  return match ? Number(match[1]) : undefined;
}

/** True once the bytes hold a Connection.Start; throws on anything else. */
export function greeting(answer: Buffer): true | undefined {
  if (answer.length < FRAME_HEADER_BYTES + 4) return undefined;
  if (answer[0] === METHOD_FRAME && answer.readUInt32BE(FRAME_HEADER_BYTES) === CONNECTION_START) return true;
  throw new Error("this is not RabbitMQ");
}

interface Overview {
  readonly erlang_version: string;
}

interface Member {
  readonly name: string;
  readonly running: boolean;
}

async function management({ ports }: NodePlan, path: string, signal: AbortSignal): Promise<unknown> {
  const authorization = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString("base64")}`;
  const url = `http://127.0.0.1:${ports.management}/api/${path}`;
  const response = await fetch(url, { headers: { authorization }, signal });
  if (!response.ok) throw new Error(`the management plugin answered ${response.status}`);
  return response.json();
}
