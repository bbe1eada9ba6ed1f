import { Consumer, MessagesStreamModes } from "@platformatic/kafka";
import type { Context } from "../context.ts";
import { clientOptions } from "./client-options.ts";
import { hangUp } from "./hang-up.ts";
import type { Reader, Stream } from "./reader.ts";
import { isolationOf, streamOptions } from "./stream-options.ts";

/** A new member waits for those that have to give something up; a broker lets them take as long as that. */
const REBALANCE_TIMEOUT_MS = 10_000;
/** A member that has got nothing by then may have to do without: there are more of them than partitions. */
const ASSIGNED_MS = 10_000;
const PAUSE_MS = 50;
const RETRIES = 5;
const RETRY_MS = 100;

/**
 * A member of its group: who reads which partition is the group's own matter, and changes whenever a member comes or
 * goes. Each time the client goes on where the group has committed.
 * @param rebalanced called with what this member has now
 */
export function createMember(
  context: Context,
  clientId: string,
  groupId: string,
  topic: string,
  rebalanced: (detail: string) => void,
): Reader {
  const { settings } = context;
  const client = new Consumer<Buffer, Buffer, Buffer, Buffer>({
    ...clientOptions(context.brokers, clientId),
    // Joining is refused for as long as others have not answered.
    retries: RETRIES,
    retryDelay: RETRY_MS,
    // With the protocol of KIP-848 session and heartbeat are the broker's; the library wants them to fit all the same.
    ...{ groupProtocol: settings.group === "consumer" ? ("consumer" as const) : ("classic" as const) },
    sessionTimeout: settings.sessionTimeoutMs,
    heartbeatInterval: settings.heartbeatIntervalMs,
    rebalanceTimeout: Math.max(REBALANCE_TIMEOUT_MS, settings.sessionTimeoutMs),
    groupId,
    autocommit: false,
    isolationLevel: isolationOf(settings),
  });
  let stream: Stream | undefined;
  // It could not join again, and will not try: whoever reads the stream makes another member. Without anybody listening
  // the error would end the process.
  client.on("error", (error: Error) => stream?.destroy(error));
  const owned = (): readonly number[] =>
    client.assignments?.find((assignment) => assignment.topic === topic)?.partitions ?? [];
  let told = "";
  // The client has no event that is the same with both protocols and comes when there is something to see.
  const watch = setInterval(() => {
    const mine = owned().join(", ");
    if (mine === told) return;
    told = mine;
    rebalanced(mine === "" ? "has no partition" : `has ${mine}`);
  }, PAUSE_MS);

  return {
    async positions() {
      await client.findGroupCoordinator();
      return new Map();
    },
    async open(_, readable) {
      const opened = await client.consume({
        topics: [topic],
        mode: MessagesStreamModes.COMMITTED,
        ...streamOptions(settings),
      });
      stream = opened;
      // Before anything else: a rebalance resumes the stream, and what flows with nobody listening is gone for good.
      opened.on("readable", readable);
      let failure: Error | undefined;
      const failed = (error: Error): void => {
        failure = error;
      };
      opened.on("error", failed);
      const endMs = performance.now() + ASSIGNED_MS;
      while (owned().length === 0 && !opened.destroyed && performance.now() < endMs)
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      opened.off("error", failed);
      if (failure) throw failure;
      return opened;
    },
    async commit(offsets) {
      const mine = new Set(owned());
      // What another member has now is that one's to commit.
      const kept = offsets.filter(([partition]) => mine.has(partition));
      if (kept.length === 0) return;
      await client.commit({
        offsets: kept.map(([partition, offset]) => ({
          topic,
          partition,
          offset: BigInt(offset),
          leaderEpoch: -1,
        })),
      });
    },
    async close(boundMs) {
      clearInterval(watch);
      const sockets = [...(stream?.connections ?? [])].map(([, connection]) => connection.socket);
      stream?.destroy();
      // With it the client leaves the group, so that nobody waits for its session to end.
      await hangUp({ connections: client.connections, close: () => client.close(true) }, boundMs);
      for (const socket of sockets) socket?.destroy();
    },
  };
}
