import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A byte pump between a client and a broker that can be told to misbehave. */
export interface TcpProxy {
  readonly host: string;
  readonly port: number;
  /** Connections that are open now. */
  connections(): number;
  /** Bytes of the broker that reached a client so far. */
  bytesToClient(): number;
  /** From now on nothing that the broker sends reaches a client; what clients send still gets through. */
  hold(): void;
  /** Destroys every connection and, until `restore`, every new one. */
  cut(): void;
  /** Forwards again; what was held back is delivered to connections that still live. */
  restore(): void;
  close(): Promise<void>;
}

/**
 * Starts a proxy on 127.0.0.1 in front of `to`.
 * @param listenPort for brokers that advertise an address of their own, which must then be this one; 0: any
 */
export async function tcpProxy(to: { host: string; port: number }, listenPort = 0): Promise<TcpProxy> {
  const pairs = new Set<{ client: Socket; broker: Socket }>();
  let held = false;
  let refusing = false;
  let bytes = 0;

  const server = createServer((client) => {
    if (refusing) return void client.resetAndDestroy();
    const broker = connect(to);
    const pair = { client, broker };
    pairs.add(pair);
    client.setNoDelay(true);
    broker.setNoDelay(true);
    client.on("data", (chunk) => broker.write(chunk));
    broker.on("data", (chunk) => {
      bytes += chunk.length;
      client.write(chunk);
    });
    if (held) broker.pause();
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) socket.on("close", end).on("error", end);
  });
  server.listen(listenPort, "127.0.0.1");
  await once(server, "listening");

  const destroyAll = () => {
    for (const { client, broker } of [...pairs]) {
      client.resetAndDestroy();
      broker.destroy();
    }
  };
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    connections: () => pairs.size,
    bytesToClient: () => bytes,
    hold() {
      held = true;
      for (const { broker } of pairs) broker.pause();
    },
    cut() {
      refusing = true;
      destroyAll();
    },
    restore() {
      held = false;
      refusing = false;
      for (const { broker } of pairs) broker.resume();
    },
    async close() {
      destroyAll();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
