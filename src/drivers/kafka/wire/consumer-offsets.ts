import {
  findCoordinatorV2,
  listOffsetsV4,
  offsetCommitV6,
  offsetFetchV5,
  offsetFetchV7,
} from "@platformatic/kafka";
import { BrokerError, messageOf } from "../../../model/errors.ts";
import type { Cluster } from "./cluster.ts";
import { brokerCodeOf } from "./protocol-error.ts";

/** Offsets of one topic, those of the broker and those of one group. No membership: partitions are assigned. */
export interface ConsumerOffsets {
  /** Committed offset by partition; those that have none are left out. @throws BrokerError */
  committed(partitions: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** @throws BrokerError */
  commit(moved: readonly (readonly [partition: number, offset: number])[]): Promise<void>;
  /** First offset that is there, or the one that the next message gets. @throws BrokerError */
  bounds(partition: number): Promise<{ readonly first: number; readonly end: number }>;
}

/** As the protocol counts: generation and member of who is in no group. */
const NO_GENERATION = -1;
const NO_MEMBER = "";
const NO_REPLICA = -1;
const UNCOMMITTED_TOO = 0;
const COMMITTED_ONLY = 1;
const EARLIEST = -2n;
const LATEST = -1n;
/** While a coordinator is elected or reads what it is in charge of. */
const TRIES = 40;
const PAUSE_MS = 100;
const WORTH_ANOTHER_TRY = new Set([
  "COORDINATOR_LOAD_IN_PROGRESS",
  "COORDINATOR_NOT_AVAILABLE",
  "NOT_COORDINATOR",
  "NOT_LEADER_OR_FOLLOWER",
  "LEADER_NOT_AVAILABLE",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "OFFSET_NOT_AVAILABLE",
  "UNSTABLE_OFFSET_COMMIT",
]);

/**
 * @param isStable waits for a transaction that is to move the committed offsets: its end is answered before
 * the offsets show it
 * @param isCommitted the end is that of a reader of committed records: before the first open transaction
 */
export function createConsumerOffsets(
  cluster: Cluster,
  topic: string,
  groupId: string,
  isStable = false,
  isCommitted = false,
): ConsumerOffsets {
  const isolation = isCommitted ? COMMITTED_ONLY : UNCOMMITTED_TOO;
  const offsetFetch = isStable ? offsetFetchV7 : offsetFetchV5;
  let coordinator: number | undefined;
  /** Whether somebody who was asked said that he is not in charge. */
  let stale = false;

  const find = async (): Promise<number> => {
    if (coordinator !== undefined) return coordinator;
    const { coordinators } = await findCoordinatorV2.api.async(await cluster.control(), 0, [groupId]);
    // A coordinator may be a broker that no metadata has told of yet.
    await cluster.leaders(topic);
    coordinator = coordinators[0]!.nodeId;
    return coordinator;
  };

  /** Again while the error says that somebody else must be asked, or later. */
  const patiently = async <T>(what: string, ask: () => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries++) {
      try {
        return await ask();
      } catch (error) {
        const code = codeIn(error);
        coordinator = undefined;
        stale = true;
        if (tries >= TRIES || !WORTH_ANOTHER_TRY.has(code))
          throw new BrokerError(`${what}: ${messageOf(error)}`, { code, cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };

  const list = async (partition: number, timestamp: bigint): Promise<number> => {
    const { nodes } = stale ? await cluster.refresh(topic) : await cluster.leaders(topic);
    const leader = nodes[partition] ?? -1;
    if (leader < 0) throw new BrokerError("nobody leads it", { code: "LEADER_NOT_AVAILABLE" });
    const asked = [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp }];
    const connection = await cluster.control(leader);
    const { topics } = await listOffsetsV4.api.async(connection, NO_REPLICA, isolation, [
      { name: topic, partitions: asked },
    ]);
    return Number(topics[0]!.partitions[0]!.offset);
  };

  return {
    committed: (partitions) =>
      patiently(`the committed offsets of ${groupId} cannot be read`, async () => {
        const connection = await cluster.control(await find());
        const { topics } = await offsetFetch.api.async(
          connection,
          [
            {
              groupId,
              memberEpoch: NO_GENERATION,
              topics: [{ name: topic, partitionIndexes: [...partitions] }],
            },
          ],
          isStable,
        );
        const found = topics?.[0]?.partitions ?? [];
        return new Map(
          found
            .filter((p) => p.committedOffset >= 0n)
            .map((p) => [p.partitionIndex, Number(p.committedOffset)] as const),
        );
      }),
    async commit(moved) {
      try {
        const connection = await cluster.control(await find());
        const partitions = moved.map(([partitionIndex, offset]) => ({
          partitionIndex,
          committedOffset: BigInt(offset),
          committedLeaderEpoch: -1,
          committedMetadata: null,
        }));
        await offsetCommitV6.api.async(connection, groupId, NO_GENERATION, NO_MEMBER, null, [
          { name: topic, partitions },
        ]);
      } catch (error) {
        // Whoever commits tries again, and then asks anew whom.
        coordinator = undefined;
        throw new BrokerError(messageOf(error), { code: codeIn(error) });
      }
    },
    bounds: (partition) =>
      patiently(`the offsets of partition ${partition} of ${topic} cannot be read`, async () => ({
        first: await list(partition, EARLIEST),
        end: await list(partition, LATEST),
      })),
  };
}

/** The protocol's code, whether the error is ours already or the client library's. */
export function codeIn(error: unknown): string {
  return error instanceof BrokerError ? error.code : brokerCodeOf(error);
}
