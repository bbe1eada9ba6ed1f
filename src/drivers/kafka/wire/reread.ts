import { BrokerError } from "../../../model/errors.ts";
import type { Reread, RereadOptions } from "../../driver.ts";
import type { Address } from "../address.ts";
import { type Cluster, createCluster } from "./cluster.ts";
import type { Connection } from "./connection.ts";
import { createConsumerOffsets } from "./consumer-offsets.ts";
import { readFetchAnswer } from "./fetch-answer.ts";
import { createFetchRequest } from "./fetch-request.ts";
import { protocolErrorName } from "./protocol-error.ts";
import { RecordReader } from "./record-reader.ts";

/** Of one partition in one answer; a batch that is larger comes whole all the same (KIP-74). */
const FETCH_BYTES = 4 * 1024 ** 2;
const MAX_FRAME_BYTES = 128 * 1024 ** 2;
const REQUEST_TIMEOUT_MS = 10_000;
/** How long the broker may wait for a record that it should have. */
const MAX_WAIT_MS = 500;
/** Answers in a row without any record, though the end was not reached. */
const MOST_EMPTY = 10;

/**
 * Reads a topic once more, one partition after the other and one request at a time, as a reader of committed records
 * does. It is the same for every client: what a log holds is no client's business, and a reader that shares no code
 * with the consumer of the run does not share its mistakes.
 * @throws BrokerError where a partition cannot be read to the end that it had
 */
export async function rereadTopic(
  brokers: readonly Address[],
  { topology, signal }: RereadOptions,
  on: Reread,
): Promise<void> {
  const cluster = createCluster({ brokers, clientId: "mqbench-reread" });
  try {
    const { nodes } = await cluster.refresh(topology.name);
    for (let partition = 0; partition < topology.partitions && !signal.aborted; partition++)
      await readPartition(cluster, topology.name, partition, nodes[partition] ?? -1, signal, on);
  } finally {
    await cluster.close();
  }
}

async function readPartition(
  cluster: Cluster,
  topic: string,
  partition: number,
  leader: number,
  signal: AbortSignal,
  on: Reread,
): Promise<void> {
  const { first, end } = await createConsumerOffsets(cluster, topic, "", false, true).bounds(partition);
  if (first === end) return;
  if (leader < 0)
    throw new BrokerError(`nobody leads partition ${partition} of ${topic}`, {
      code: "LEADER_NOT_AVAILABLE",
    });
  const connection = await cluster.open(
    leader,
    { requestTimeoutMs: REQUEST_TIMEOUT_MS, maxFrameBytes: MAX_FRAME_BYTES },
    { lost: () => undefined },
  );
  try {
    let empty = 0;
    for (let offset = first; offset < end && !signal.aborted; ) {
      const next = await fetchOnce(connection, topic, partition, offset, end, on);
      empty = next > offset ? 0 : empty + 1;
      if (empty > MOST_EMPTY)
        throw new BrokerError(`partition ${partition} of ${topic} ends at ${offset} instead of ${end}`, {
          code: "FETCH_FAILED",
        });
      offset = next;
    }
  } finally {
    connection.close();
  }
}

/** @returns the offset to read on from */
function fetchOnce(
  connection: Connection,
  topic: string,
  partition: number,
  from: number,
  end: number,
  on: Reread,
): Promise<number> {
  const request = createFetchRequest(topic);
  request.write([{ partition, fetchOffset: from, maxBytes: FETCH_BYTES }], 0, {
    maxWaitMs: MAX_WAIT_MS,
    minBytes: 1,
    maxBytes: FETCH_BYTES,
    isolation: "read_committed",
  });
  return new Promise((resolve, reject) => {
    const failed = (code: string, reason: string): void =>
      reject(new BrokerError(`partition ${partition} of ${topic}: ${reason}`, { code }));
    const answered = (bytes: Buffer, start: number, stop: number): void => {
      try {
        const answer = readFetchAnswer(bytes, start, stop);
        const [read] = answer.partitions;
        const errorCode = answer.errorCode || (read?.errorCode ?? 0);
        if (errorCode !== 0 || read === undefined) {
          const code = protocolErrorName(errorCode);
          failed(code, `Fetch at offset ${from} ends with ${code}`);
          return;
        }
        const reader = new RecordReader();
        reader.open(bytes, read.start, read.end, from, read.aborted);
        // Beyond the end somebody may have written since: it is not part of what is read again.
        while (reader.next() && reader.offset < end)
          on.record(reader.bytes, reader.valueStart, reader.valueEnd, -1, partition, reader.offset);
        resolve(reader.nextOffset);
      } catch (error) {
        reject(error);
      }
    };
    if (!connection.send(request.frame, 0, request.end, { answered, failed }))
      failed("CONNECTION_LOST", "the connection is gone");
  });
}
