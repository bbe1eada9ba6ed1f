import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { Address } from "../address.ts";

/** Where a connection's bytes go as they arrive, without a buffer in between. */
export interface Sink {
  /** Free memory for what arrives next; never empty. Asked again after each `took`. */
  room(): Uint8Array;
  /** The first `bytes` of the last `room()` were filled. */
  took(bytes: number): void;
}

/**
 * Makes a connection that is ready for requests: encrypted and authenticated where that is asked for. From
 * then on what arrives goes to the sink. The stream's `error` and `close` are the caller's.
 */
export type Dial = (address: Address, sink: Sink) => Promise<Duplex>;

const CONNECT_MS = 5000;
const KEEP_ALIVE_MS = 60_000;

/** Plain TCP. */
export const dialTcp: Dial = ({ host, port }, sink) =>
  new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      // Reads land in the sink's memory: no buffer for each 64 KiB, and large reads for large answers.
      onread: {
        buffer: () => sink.room(),
        callback: (bytes) => {
          sink.took(bytes);
          return true;
        },
      },
    });
    const timer = setTimeout(() => {
      socket.destroy(
        Object.assign(new Error(`no connection within ${CONNECT_MS} ms`), { code: "ETIMEDOUT" }),
      );
    }, CONNECT_MS);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    socket.once("error", failed);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.off("error", failed);
      resolve(socket);
    });
  });
