import { connect, type Socket } from "node:net";
import type { ISocketFactory } from "kafkajs";

/** What kafkajs does on the network, which it does not tell: how much left, and when a connection went. */
export interface Sockets {
  readonly factory: ISocketFactory;
  /** Produce requests that were handed to a socket, so far. */
  produced(): number;
  /** Resolves when everything handed to the sockets went to the operating system, or they are gone. */
  written(): Promise<void>;
  /** Cuts every connection and lets kafkajs make no more. */
  destroy(): void;
}

export interface SocketEvents {
  /** A produce request was handed to a socket. */
  produced(): void;
  /** @param again this address had been lost before */
  opened(address: string, again: boolean): void;
  lost(address: string): void;
}

const KEEP_ALIVE_MS = 60_000;
const PRODUCE = 0;

/**
 * A socket factory for one kafkajs client. kafkajs itself leaves Nagle's algorithm on, which holds back a
 * request until the one before it is acknowledged by TCP; here it is off.
 */
export function trackSockets(events: SocketEvents): Sockets {
  const open = new Set<Socket>();
  const lost = new Set<string>();
  let producedCount = 0;
  let unwritten = 0;
  let closed = false;
  let waiting: (() => void)[] = [];

  const settle = (writes: number): void => {
    unwritten -= writes;
    if (unwritten > 0) return;
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  };

  const factory: ISocketFactory = ({ host, port, onConnect }) => {
    if (closed) throw new Error("the driver is closed");
    const address = `${host}:${port}`;
    let connected = false;
    let own = 0;
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    open.add(socket);
    socket.once("connect", () => {
      connected = true;
      events.opened(address, lost.delete(address));
      onConnect();
    });
    const gone = (): void => {
      open.delete(socket);
      if (connected && !closed && !socket.writableEnded && !lost.has(address)) {
        lost.add(address);
        events.lost(address);
      }
      connected = false;
    };
    // Before kafkajs' own listeners, so that whoever is told of an error finds it counted here.
    socket.once("end", gone);
    socket.once("error", gone);
    socket.once("close", () => {
      gone();
      settle(own);
      own = 0;
    });
    // kafkajs writes each request as one buffer: 4 bytes of length, then the API's key.
    const write = socket.write.bind(socket) as (data: Buffer, done: () => void) => boolean;
    socket.write = ((data: Buffer) => {
      own++;
      unwritten++;
      const room = write(data, () => {
        if (own === 0) return;
        own--;
        settle(1);
      });
      if (data.length > 6 && data.readInt16BE(4) === PRODUCE) {
        producedCount++;
        events.produced();
      }
      return room;
    }) as Socket["write"];
    return socket;
  };

  return {
    factory,
    produced: () => producedCount,
    written: () => (unwritten === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    destroy() {
      closed = true;
      // An error, since kafkajs gives up what it waits for only at an error or at the other side's end.
      for (const socket of open) socket.destroy(new Error("closed by the driver"));
      open.clear();
    },
  };
}
