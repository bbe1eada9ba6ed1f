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

/** What happens to the bytes of one direction of one connection: takes each chunk and sends what it likes. */
export type Pump = (send: (bytes: Buffer) => void) => (chunk: Buffer) => void;

/** Both directions; one that is absent is left as it is. */
export interface Pumps {
  readonly toBroker?: Pump | undefined;
  readonly toClient?: Pump | undefined;
}

const untouched: Pump = (send) => send;

/**
 * Starts a proxy on 127.0.0.1 in front of `to`.
 * @param listenPort for brokers that advertise an address of their own, which must then be this one; 0: one that is free
 */
export async function tcpProxy(
  to: { host: string; port: number },
  listenPort = 0,
  { toBroker = untouched, toClient = untouched }: Pumps = {},
): Promise<TcpProxy> {
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
    client.on(
      "data",
      toBroker((chunk) => broker.write(chunk)),
    );
    const give = toClient((chunk) => client.write(chunk));
    broker.on("data", (chunk) => {
      bytes += chunk.length;
      give(chunk);
    });
    if (held) broker.pause();
    const end = () => {
      pairs.delete(pair);
      // What one side sent before it left still reaches the other.
      client.destroySoon();
      broker.destroySoon();
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
