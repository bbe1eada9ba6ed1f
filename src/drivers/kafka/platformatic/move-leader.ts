import { type Admin, alterPartitionReassignmentsV0, ConnectionPool } from "@platformatic/kafka";
import { BrokerError } from "../../../model/errors.ts";
import type { Altered } from "../../driver.ts";
import type { Address } from "../address.ts";
import { asked } from "./client-error.ts";
import { CONNECT_TIMEOUT_MS } from "./client-options.ts";
import { electPreferred } from "./elect-leaders.ts";
import { poll } from "./poll.ts";

const REQUEST_MS = 5000;
/** An election goes through the controller's log before the brokers show it. */
const SHOWN_MS = 5000;

/** The node id of the leader of the topic's first partition. @throws BrokerError `LEADER_NOT_AVAILABLE` */
export async function firstLeader(admin: Admin, topic: string): Promise<string> {
  const [first] = await partitionsOf(admin, topic);
  if (first !== undefined && first.leader >= 0) return String(first.leader);
  throw new BrokerError(`nobody leads partition 0 of topic "${topic}"`, { code: "LEADER_NOT_AVAILABLE" });
}

/**
 * Lets another copy lead each partition: the next one in the list of replicas becomes the first, which is the
 * preferred one, and that is elected. No data moves.
 * @throws BrokerError `NOT_ALTERED` where there is no other copy in sync, or the brokers do not show the change
 */
export async function moveLeaders(
  admin: Admin,
  brokers: readonly Address[],
  topic: string,
): Promise<Altered> {
  const before = await asked("the leaders could not be read", () => partitionsOf(admin, topic));
  const wanted = before.map(({ leader, replicas, isr }) => {
    const at = replicas.indexOf(leader);
    const turned = [...replicas.slice(at + 1), ...replicas.slice(0, at + 1)];
    const next = turned.find((node) => node !== leader && isr.includes(node));
    if (next === undefined)
      throw new BrokerError(`topic "${topic}" has no other copy in sync that could lead it`, {
        code: "NOT_ALTERED",
        hints: ["Leaders can only be moved where there are several copies: use --nodes 3."],
      });
    return [next, ...turned.filter((node) => node !== next)];
  });
  const pool = new ConnectionPool("mqbench-election", {
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_MS,
  });
  pool.on("connecting", ({ connection }) => connection.on("error", () => undefined));
  try {
    await asked(`the leaders of topic "${topic}" could not be moved`, async () => {
      const connection = await pool.getFirstAvailable([...brokers]);
      const partitions = wanted.map((replicas, partitionIndex) => ({ partitionIndex, replicas }));
      await alterPartitionReassignmentsV0.api.async(connection, REQUEST_MS, false, [
        { name: topic, partitions },
      ]);
      await electPreferred.async(connection, REQUEST_MS, topic, [...wanted.keys()]);
    });
  } finally {
    await pool.close().catch(() => undefined);
  }
  const after = await poll(SHOWN_MS, async () => {
    const now = await partitionsOf(admin, topic);
    return now.every(({ leader }, i) => leader === wanted[i]![0]) ? now : undefined;
  });
  if (after === undefined)
    throw new BrokerError(`the brokers did not show other leaders within ${SHOWN_MS / 1000} s`, {
      code: "NOT_ALTERED",
    });
  const moves = before.map(({ leader }, i) => `${leader} → ${after[i]!.leader}`);
  return {
    count: after.length,
    detail: `partitions of topic ${topic} are led by others, as read back (node ${moves.slice(0, MOVES_TOLD).join(", ")})`,
    undo: async () => "the leaders stay where they are now",
  };
}

/** More say nothing new. */
const MOVES_TOLD = 5;

async function partitionsOf(admin: Admin, topic: string) {
  const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true });
  return topics.get(topic)?.partitions ?? [];
}
