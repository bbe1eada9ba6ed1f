import { StreamStatsRequest } from "rabbitmq-stream-js-client/dist/requests/stream_stats_request.js";
import { Offset } from "rabbitmq-stream-js-client/dist/requests/subscribe_request.js";
import type { StreamStatsResponse } from "rabbitmq-stream-js-client/dist/responses/stream_stats_response.js";
import { BrokerError } from "../../../model/errors.ts";
import type { Chunk } from "./chunk.ts";
import { whenAvailable } from "./declare.ts";
import type { StreamLink } from "./link.ts";

/** Chunks on their way while a stream is read through. */
const READ_CREDIT = 10;
/** Without a chunk for so long although some are missing, reading is given up. */
const STALLED_MS = 15_000;

/** The offset of the next message, and of the first one that is kept; both 0 of a stream that had none yet. */
export interface Extent {
  readonly first: number;
  readonly end: number;
}

/**
 * How far a stream reaches now. The broker tells where its last chunk begins; how long that one is, is seen by
 * reading it. Its end is that of its messages: what the broker writes behind them for itself does not count.
 */
export async function extentOf(link: StreamLink, stream: string): Promise<Extent> {
  const { statistics } = await whenAvailable(() =>
    link.request<StreamStatsResponse>(new StreamStatsRequest(stream)),
  );
  if (statistics.committedChunkId < 0n) return { first: 0, end: 0 };
  let end = 0;
  await readChunks(link, stream, Offset.last(), (chunk) => {
    end = chunk.firstOffset + chunk.records;
    return false;
  });
  return { first: Math.max(0, Number(statistics.firstChunkId)), end };
}

/**
 * Hands every chunk from `from` on to `take`, until that returns false.
 * @throws BrokerError `CONSUME_REFUSED` when no more come, whatever else the request ended with
 */
export async function readChunks(
  link: StreamLink,
  stream: string,
  from: Offset,
  take: (chunk: Chunk) => boolean,
): Promise<void> {
  let done = false;
  let finish = (_error?: unknown): void => {};
  const finished = new Promise<void>((resolve, reject) => {
    finish = (error) => (error === undefined ? resolve() : reject(error));
  });
  // It may be settled before anybody waits for it.
  finished.catch(() => {});
  let credit = (_chunks: number): void => {};
  const stalled = () =>
    finish(
      new BrokerError(`stream ${stream} gave nothing for ${STALLED_MS} ms`, { code: "CONSUME_REFUSED" }),
    );
  let timer = setTimeout(stalled, STALLED_MS);
  const subscription = await whenAvailable(() =>
    link.subscribe(stream, from, READ_CREDIT, (chunk) => {
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(stalled, STALLED_MS);
      try {
        done = !take(chunk);
        if (done) finish();
        else credit(1);
      } catch (error) {
        done = true;
        finish(error);
      }
    }),
  ).catch((error: unknown) => {
    clearTimeout(timer);
    throw error;
  });
  credit = subscription.credit;
  try {
    await finished;
  } finally {
    done = true;
    clearTimeout(timer);
    await subscription.end();
  }
}
