import type { Duplex } from "node:stream";
import { messageOf } from "../../../model/errors.ts";
import { type Address, addressText } from "../address.ts";
import { type Dial, dialTcp } from "./dial.ts";
import { createPending } from "./pending.ts";
import { createReceiveBuffer } from "./receive-buffer.ts";

/** What becomes of one request: exactly one call of one of the two. May be used again afterwards. */
export interface Answer {
  /**
   * The answer, from behind its correlation id on, in `buffer[start … end)`, which is dead when this returns.
   * For a request without an answer: an empty one, when the request went to the operating system.
   */
  answered(buffer: Buffer, start: number, end: number): void;
  /** There will be none; whether the broker got the request is not known. */
  failed(code: string, reason: string): void;
}

export interface ConnectionEvents {
  /** Gone, for any reason but `close()`; each pending request was told before. Once. */
  lost(code: string, reason: string): void;
  /** What was written has gone to the operating system, after `writableBytes` was above the mark. */
  drained?(): void;
}

/** One connection to a broker, on which requests are answered in order. */
export interface Connection {
  readonly address: string;
  readonly isOpen: boolean;
  /** Requests without an answer. */
  readonly pending: number;
  /** Written, but not yet with the operating system. */
  readonly writableBytes: number;
  /**
   * Sends `frame[start … end)`: 4 bytes for the length and, at 8, 4 for the correlation id, both filled in
   * here; the rest is the caller's. The memory must stay as it is until the answer.
   * @returns false when the connection is gone: nothing left, and `answer` will not be called
   */
  send(frame: Buffer, start: number, end: number, answer: Answer): boolean;
  /** The same for a request to which the broker gives no answer (Produce with acks=0). */
  post(frame: Buffer, start: number, end: number, answer: Answer): boolean;
  /** Ends it at once; pending requests fail with `CLOSED`. Idempotent. */
  close(): void;
}

export interface ConnectionOptions {
  readonly address: Address;
  /** Without an answer for so long the connection is given up, since answers come in order. */
  readonly requestTimeoutMs: number;
  /** Largest answer, bytes; a larger one ends the connection. */
  readonly maxFrameBytes: number;
  readonly dial?: Dial;
}

const CORRELATION_AT = 8;
const EMPTY = Buffer.alloc(0);
const MAX_CORRELATION = 0x7fff_ffff;

/**
 * Connects. A request that fails by its time-out ends the connection: no later answer could be told apart.
 * @throws what the dial throws, with a `code`
 */
export async function openConnection(options: ConnectionOptions, on: ConnectionEvents): Promise<Connection> {
  const { dial = dialTcp, requestTimeoutMs } = options;
  const address = addressText([options.address]);
  let stream: Duplex | undefined;
  let nextId = 0;
  /** Correlation id of the oldest pending request: they are consecutive. */
  let awaitedId = 0;
  let isOpen = true;
  let isFull = false;
  const pending = createPending();
  const posted = new Set<Answer>();
  let timer: NodeJS.Timeout | undefined;

  const end = (code: string, reason: string, tell: boolean): void => {
    if (!isOpen) return;
    isOpen = false;
    clearTimeout(timer);
    stream?.destroy();
    for (let answer = pending.take(); answer; answer = pending.take()) answer.failed(code, reason);
    for (const answer of [...posted]) if (posted.delete(answer)) answer.failed(code, reason);
    if (tell) on.lost(code, reason);
  };

  /** One timer for the oldest request, looked at again when it ends. */
  const watch = (waitMs: number): void => {
    timer = setTimeout(() => {
      timer = undefined;
      if (pending.count === 0) return;
      const leftMs = pending.oldestMs + requestTimeoutMs - performance.now();
      if (leftMs > 0) watch(leftMs);
      else end("REQUEST_TIMEOUT", `no answer of ${address} within ${requestTimeoutMs} ms`, true);
    }, Math.ceil(waitMs));
  };

  const sink = createReceiveBuffer(options.maxFrameBytes, {
    frame(buffer, start, stop) {
      if (!isOpen) return;
      if (buffer.readInt32BE(start) !== awaitedId || pending.count === 0) {
        end("UNEXPECTED_ANSWER", `${address} answered what was not asked`, true);
        return;
      }
      awaitedId = (awaitedId + 1) & MAX_CORRELATION;
      pending.take()?.answered(buffer, start + 4, stop);
    },
    damaged: (code, reason) => end(code, `${address} sent ${reason}`, true),
  });

  stream = await dial(options.address, sink);
  stream.on("error", (error: NodeJS.ErrnoException) =>
    end(error.code ?? "CONNECTION_LOST", `${address}: ${messageOf(error)}`, true),
  );
  stream.once("end", () => end("CONNECTION_LOST", `${address} closed the connection`, true));
  stream.once("close", () => end("CONNECTION_LOST", `the connection to ${address} is gone`, true));
  stream.on("drain", () => {
    isFull = false;
    on.drained?.();
  });
  const socket = stream;

  return {
    address,
    get isOpen() {
      return isOpen;
    },
    get pending() {
      return pending.count;
    },
    get writableBytes() {
      return isFull ? socket.writableLength : 0;
    },
    send(frame, start, stop, answer) {
      if (!isOpen) return false;
      frame.writeInt32BE(stop - start - 4, start);
      frame.writeInt32BE(nextId, start + CORRELATION_AT);
      nextId = (nextId + 1) & MAX_CORRELATION;
      pending.put(answer, performance.now());
      if (timer === undefined) watch(requestTimeoutMs);
      if (!socket.write(frame.subarray(start, stop))) isFull = true;
      return true;
    },
    post(frame, start, stop, answer) {
      if (!isOpen) return false;
      frame.writeInt32BE(stop - start - 4, start);
      // It takes no number: the next answer belongs to another request.
      frame.writeInt32BE(MAX_CORRELATION, start + CORRELATION_AT);
      posted.add(answer);
      const wrote = (error?: Error | null): void => {
        if (!error && posted.delete(answer)) answer.answered(EMPTY, 0, 0);
      };
      if (!socket.write(frame.subarray(start, stop), wrote)) isFull = true;
      return true;
    },
    close: () => end("CLOSED", "closed by the driver", false),
  };
}
