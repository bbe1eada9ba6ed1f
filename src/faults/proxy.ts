import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { FaultDeeds, FaultPlan } from "../model/fault.ts";
import type { Address } from "./address.ts";
import { amqpDialogue } from "./amqp.ts";
import { kafkaDialogue } from "./kafka.ts";
import { type Effect, Lane } from "./lane.ts";
import { type Dialogue, type DialogueContext, plainDialogue } from "./reshape.ts";

export type ProxyProtocol = "kafka" | "amqp" | "plain";

const HOST = "127.0.0.1";

const DIALOGUES: Readonly<Record<ProxyProtocol, (context: DialogueContext) => Dialogue>> = {
  kafka: kafkaDialogue,
  amqp: amqpDialogue,
  plain: () => plainDialogue,
};

/** Stands in front of brokers for one side, and disturbs what goes through it. */
export interface FaultProxy {
  /** Makes a listener in front of a broker; the same one for the same broker. */
  open(broker: Address): Promise<Address>;
  begin(fault: FaultPlan): void;
  /** Ends the fault that began; what it counted. */
  end(): FaultDeeds;
  close(): Promise<void>;
}

interface Connection {
  readonly client: Socket;
  readonly broker: Socket;
  readonly lanes: readonly Lane[];
  reset(): void;
}

interface Counts {
  connections: number;
  refused: number;
  bytes: number;
  answers: number;
}

/**
 * @param onAnswerLost the one answer that a fault waits for was swallowed, and its connection cut
 */
export function createProxy(
  protocol: ProxyProtocol,
  nowNs: () => number,
  onAnswerLost: () => void = () => {},
): FaultProxy {
  const servers = new Map<string, { readonly server: Server; readonly at: Promise<Address> }>();
  const known = new Map<string, Address>();
  const connections = new Set<Connection>();
  let fault: FaultPlan | undefined;
  let counts: Counts = noCounts();

  const context: DialogueContext = {
    addressFor: (broker) => known.get(keyOf(broker)),
    wantsAnswerLost: () => fault?.kind === "drop-response" && counts.answers === 0,
  };
  const laneContext = (way: "broker" | "client") => ({
    nowNs,
    effect: () => effectOf(fault, way),
    affected: (bytes: number) => {
      counts.bytes += bytes;
    },
  });

  const accept = (client: Socket, to: Address): void => {
    // A listener that is closed for a time could lose its port to somebody else: it takes and resets instead.
    if (fault?.kind === "cut" || fault?.kind === "refuse") {
      counts.refused++;
      client.on("error", () => {}).resetAndDestroy();
      return;
    }
    const broker = connect({ ...to, allowHalfOpen: true });
    const dialogue = DIALOGUES[protocol](context);
    const toBroker = new Lane(client, broker, laneContext("broker"));
    const toClient = new Lane(broker, client, laneContext("client"));
    const connection: Connection = {
      client,
      broker,
      lanes: [toBroker, toClient],
      reset() {
        connections.delete(connection);
        for (const lane of [toBroker, toClient]) lane.destroy();
        for (const socket of [client, broker]) socket.resetAndDestroy();
      },
    };
    connections.add(connection);
    const answer = (bytes: Buffer): void => {
      const { out, missing, rest, isCut } = dialogue.fromBroker(bytes);
      for (const part of out) toClient.push(part);
      if (isCut) {
        counts.answers++;
        counts.connections++;
        connection.reset();
        onAnswerLost();
      } else if (missing !== undefined && rest !== undefined) {
        toClient.wait(true);
        Promise.all(missing.map(open)).then(
          () => {
            answer(rest);
            toClient.wait(false);
          },
          () => connection.reset(),
        );
      }
    };
    for (const socket of [client, broker]) {
      socket.setNoDelay(true);
      // One that breaks breaks the other one.
      socket.on("error", () => connection.reset()).on("close", (hadError) => hadError && connection.reset());
    }
    client.on("data", (bytes: Buffer) => {
      dialogue.fromClient(bytes);
      toBroker.push(bytes);
    });
    broker.on("data", answer);
    client.on("end", () => toBroker.end());
    broker.on("end", () => toClient.end());
    broker.on("close", () => connections.delete(connection));
  };

  const listen = async (server: Server, broker: Address): Promise<Address> => {
    server.listen(0, HOST);
    await once(server, "listening");
    const at = { host: HOST, port: (server.address() as AddressInfo).port };
    known.set(keyOf(broker), at);
    return at;
  };
  function open(broker: Address): Promise<Address> {
    const key = keyOf(broker);
    let entry = servers.get(key);
    if (entry === undefined) {
      const server = createServer({ allowHalfOpen: true }, (client) => accept(client, broker));
      entry = { server, at: listen(server, broker) };
      servers.set(key, entry);
    }
    return entry.at;
  }

  const resetAll = (): void => {
    for (const connection of [...connections]) {
      counts.connections++;
      connection.reset();
    }
  };

  return {
    open,
    begin(begun) {
      counts = noCounts();
      fault = begun;
      if (begun.kind === "cut") resetAll();
    },
    end() {
      const over = fault;
      fault = undefined;
      if (over?.kind === "stall" || over?.kind === "slow")
        for (const { lanes } of connections) for (const lane of lanes) lane.release();
      // Who lost bytes in the middle of a stream cannot go on with what follows them.
      for (const connection of [...connections])
        if (connection.lanes.some((lane) => lane.isTorn)) connection.reset();
      return deedsOf(over, counts);
    },
    async close() {
      fault = undefined;
      for (const connection of [...connections]) connection.reset();
      await Promise.all(
        [...servers.values()].map(({ server }) => new Promise<void>((done) => server.close(() => done()))),
      );
    },
  };
}

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

function noCounts(): Counts {
  return { connections: 0, refused: 0, bytes: 0, answers: 0 };
}

/** @param way where the bytes are going */
function effectOf(fault: FaultPlan | undefined, way: "broker" | "client"): Effect | undefined {
  switch (fault?.kind) {
    case "stall":
      return { kind: "hold" };
    case "delay":
      return { kind: "delay", byNs: fault.byNs };
    case "slow":
      return { kind: "slow", bytesPerS: fault.bytesPerS };
    case "half-open":
      return fault.toward === way ? { kind: "swallow" } : undefined;
    default:
      return undefined;
  }
}

/** Only what is of the kind's own: a connection that a client happens to be refused is no deed of a delay. */
function deedsOf(fault: FaultPlan | undefined, { connections, refused, bytes, answers }: Counts): FaultDeeds {
  switch (fault?.kind) {
    case "cut":
      return { connections, refused };
    case "refuse":
      return { refused };
    case "drop-response":
      return { answers, connections };
    default:
      return { bytes };
  }
}
