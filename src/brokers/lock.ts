import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { messageOf } from "../model/errors.ts";

export interface LockOptions {
  readonly signal: AbortSignal;
  /** Called once if another process has the lock. */
  readonly onWait?: (holderPid: string) => void;
}

/**
 * Runs `work` while no other process on this machine runs work under the same name.
 *
 * The lock is a listening socket in Linux's abstract namespace: it has no file, and the kernel frees it when
 * its holder dies in whatever way, so there is no dead holder's lock to recognise and break. Whoever waits is
 * connected to the holder and is woken by the end of that connection, in place of polling.
 */
export async function withLock<T>(name: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const path = socketPath(name);
  let onWait = options.onWait;
  for (;;) {
    options.signal.throwIfAborted();
    const held = await tryListen(path);
    if (held) {
      try {
        return await work();
      } finally {
        await held.free();
      }
    }
    await holderGone(path, options.signal, (pid) => {
      onWait?.(pid);
      onWait = undefined;
    });
  }
}

/** Exported for the tests: what another process must listen on to hold the lock. */
export function socketPath(name: string): string {
  return `\0mqbench-${createHash("sha256").update(name).digest("hex").slice(0, 32)}`;
}

async function tryListen(path: string): Promise<{ free(): Promise<void> } | undefined> {
  const waiters = new Set<Socket>();
  const server: Server = createServer((socket) => {
    waiters.add(socket);
    socket.on("error", () => {}).on("close", () => waiters.delete(socket));
    socket.write(`${process.pid}\n`);
  });
  try {
    server.listen({ path });
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw new Error(`cannot take a lock: ${messageOf(error)}`, { cause: error });
  }
  return {
    async free() {
      const closed = once(server, "close");
      server.close();
      for (const waiter of waiters) waiter.destroy();
      await closed;
    },
  };
}

function holderGone(path: string, signal: AbortSignal, onPid: (pid: string) => void): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const stop = (): void => {
      socket.destroy();
    };
    signal.addEventListener("abort", stop, { once: true });
    socket.on("data", (data) => onPid(String(data).trim()));
    // A refused connection means that the holder has just gone: try again as after an end.
    socket.on("error", () => {});
    socket.on("close", () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
  });
}
