import { messageOf } from "../../../model/errors.ts";
import type { EventKind } from "../../driver.ts";
import type { Cluster, TopicLeaders } from "./cluster.ts";
import type { Connection } from "./connection.ts";
import type { ProducerLane } from "./producer-lane.ts";
import { brokerCodeOf } from "./protocol-error.ts";

/** The way to one broker. */
export interface Link {
  readonly node: number;
  readonly lanes: ProducerLane[];
  connection: Connection | undefined;
  /** Requests under way. */
  inFlight: number;
  /** The broker wants to hear nothing before, ms. */
  throttledUntilMs: number;
  /** Which lane is next in turn. */
  turn: number;
}

/** A producer's ways to the brokers that lead its partitions; mends them by itself. */
export interface Links {
  readonly all: readonly Link[];
  /** Learns the leaders and connects to them. @throws BrokerError when that cannot be done at once */
  start(): Promise<void>;
  linkOf(lane: ProducerLane): Link | undefined;
  /** A broker said that it is not the leader, or the topic's partitions moved: asks again. */
  stale(): void;
  close(): void;
}

export interface LinksOptions {
  readonly cluster: Cluster;
  readonly topic: string;
  readonly lanes: readonly ProducerLane[];
  readonly requestTimeoutMs: number;
  event(kind: EventKind, detail: string): void;
  /** A connection is there again, or leaders are known. */
  mended(): void;
  /** It could not be mended now; it will be tried again. */
  notMended(code: string): void;
}

/** An answer to Produce has less than 100 bytes and the topic's name. */
const MAX_ANSWER_BYTES = 64 * 1024;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

export function createLinks(options: LinksOptions): Links {
  const { cluster, topic, lanes } = options;
  const links: Link[] = [];
  let isClosed = false;
  let isMending = false;
  let isStale = false;
  let timer: NodeJS.Timeout | undefined;

  const linkTo = (node: number): Link => {
    const known = links.find((link) => link.node === node);
    if (known) return known;
    const link: Link = {
      node,
      lanes: [],
      connection: undefined,
      inFlight: 0,
      throttledUntilMs: 0,
      turn: 0,
    };
    links.push(link);
    return link;
  };

  const assign = ({ nodes }: TopicLeaders): void => {
    for (const link of links) link.lanes.length = 0;
    for (const lane of lanes) {
      lane.node = nodes[lane.partition] ?? -1;
      if (lane.node >= 0) linkTo(lane.node).lanes.push(lane);
    }
  };

  const open = async (link: Link): Promise<Connection> => {
    const { requestTimeoutMs } = options;
    const connection = await cluster.open(
      link.node,
      { requestTimeoutMs, maxFrameBytes: MAX_ANSWER_BYTES },
      {
        lost(code, reason) {
          if (link.connection !== connection) return;
          link.connection = undefined;
          if (isClosed) return;
          options.event("disconnected", `${reason} (${code})`);
          stale();
        },
      },
    );
    if (isClosed) connection.close();
    else link.connection = connection;
    return connection;
  };

  /** Leaders, and a connection to each that can be reached. @throws what the first of the others threw */
  const connect = async (again: boolean): Promise<void> => {
    assign(await cluster.refresh(topic));
    const errors: unknown[] = [];
    for (const link of links) {
      if (link.lanes.length === 0 || link.connection !== undefined) continue;
      try {
        const { address } = await open(link);
        if (again && !isClosed) options.event("reconnected", address);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  };

  const mend = async (): Promise<void> => {
    isMending = true;
    let pauseMs = FIRST_PAUSE_MS;
    while (!isClosed && isStale) {
      isStale = false;
      try {
        await connect(true);
        isStale = lanes.some((lane) => lane.node < 0);
      } catch (error) {
        isStale = true;
        if (!isClosed) options.notMended(brokerCodeOf(error));
      }
      if (isClosed) break;
      options.mended();
      if (isStale) {
        await new Promise<void>((resolve) => {
          timer = setTimeout(resolve, pauseMs);
        });
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      }
    }
    isMending = false;
  };

  const stale = (): void => {
    isStale = true;
    if (isMending || isClosed) return;
    mend().catch((error: unknown) => options.event("broken", messageOf(error)));
  };

  return {
    all: links,
    start: () => connect(false),
    linkOf: (lane) => links.find((link) => link.node === lane.node),
    stale,
    close() {
      isClosed = true;
      clearTimeout(timer);
      for (const link of links) link.connection?.close();
    },
  };
}
