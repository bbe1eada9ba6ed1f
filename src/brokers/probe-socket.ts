import { connect } from "node:net";

/** Long enough for a broker that is busy starting; a lost answer is asked for again. */
const ANSWER_LIMIT_MS = 3000;

/**
 * Sends `request` to a port of this machine and resolves with what `parse` makes of the bytes so far; it returns
 * undefined for "more". Rejects when the connection fails, ends or stays silent.
 */
export function ask<T>(
  port: number,
  request: Buffer,
  signal: AbortSignal,
  parse: (answer: Buffer) => T | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0);
    const socket = connect({ port, host: "127.0.0.1", signal });
    socket.setTimeout(ANSWER_LIMIT_MS, () => socket.destroy(new Error("no answer in time")));
    socket.on("connect", () => socket.write(request));
    socket.on("data", (data) => {
      answer = Buffer.concat([answer, data]);
      try {
        const parsed = parse(answer);
        if (parsed === undefined) return;
        resolve(parsed);
        socket.destroy();
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("connection closed without an answer")));
  });
}
