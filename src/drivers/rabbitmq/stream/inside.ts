import type { Socket } from "node:net";
import type { Connection } from "rabbitmq-stream-js-client/dist/connection.js";

/** What rabbitmq-stream-js-client 1.0.0 knows of a connection but does not declare. */
export interface Inside {
  readonly socket: Socket;
  /** Of the request that was sent last. */
  readonly correlationId: number;
  /** What the broker said of itself. */
  readonly peerProperties: Readonly<Record<string, string | undefined>>;
  readonly heartbeat: { stop(): void };
  /** Takes what was read. */
  received(data: Buffer): void;
}

export function insideOf(connection: Connection): Inside {
  return connection as unknown as Inside;
}
