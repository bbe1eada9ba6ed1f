import { randomBytes } from "node:crypto";
import type {
  Consumer,
  ConsumerOptions,
  Driver,
  Producer,
  ProducerOptions,
} from "../../../src/drivers/driver.ts";
import type { Topology } from "../../../src/model/topology.ts";
import { within } from "../../support/until.ts";
import { Arrivals } from "./arrivals.ts";
import { OutcomeBook } from "./outcome-book.ts";
import { type Planned, PlannedSource } from "./source.ts";

/** What the suite needs to know about one driver and where its broker lives. */
export interface ContractTarget {
  readonly name: string;
  /** A fresh driver, not yet connected. */
  make(): Driver | Promise<Driver>;
  /** A fresh driver that points to where nothing listens. */
  makeUnreachable?(): Driver;
  /** A fresh driver that the broker must refuse, and the secret that its error must not tell. */
  makeRefused?(): Refused | Promise<Refused>;
  /** A fresh driver whose connections to the same broker can be held and cut. */
  route?(): Promise<CutRoute>;
  /**
   * Sees to it that what is published to the stream from now on certainly fails, such as by deleting it
   * behind the driver's back. Absent where this cannot be provoked.
   */
  breakStream?(topology: Topology, driver: Driver): Promise<void>;
  /** A fresh driver whose consumers are given only what was committed, where those of `make` are given more. */
  makeCommittedReader?(): Driver | Promise<Driver>;
  /** How long one step may take, ms; default 15 000. */
  readonly patienceMs?: number;
  /** Ends what the target itself started. */
  close?(): Promise<void>;
}

interface Refused {
  readonly driver: Driver;
  readonly secret: string;
}

/** How a driver's test cuts connections: most put a {@link tcpProxy} between driver and broker. */
export interface CutRoute {
  readonly driver: Driver;
  /** From now on no answer of the broker reaches the driver. */
  hold(): void | Promise<void>;
  /** Every connection is gone, and none can be made. */
  cut(): void | Promise<void>;
  /** Connections can be made again; there for a driver that makes them by itself. */
  restore?(): void | Promise<void>;
  /** Ends the route, not the driver. */
  close(): Promise<void>;
}

export interface ContractContext {
  readonly target: ContractTarget;
  /** Connected. */
  readonly driver: Driver;
  readonly patienceMs: number;
  /** A topology with a unique name that was not made yet; dropped at the end. */
  plan(wish?: Partial<Topology>): Topology;
  /** The same, made. */
  stream(wish?: Partial<Topology>): Promise<Topology>;
  produce(topology: Topology, wish?: ProducerWish): Promise<Sender>;
  consume(topology: Topology, wish?: ConsumerWish): Promise<Receiver>;
  /** Does something at the end, last come, first served. */
  defer(action: () => unknown): void;
  close(): Promise<void>;
}

export type ProducerWish = Partial<ProducerOptions> & { readonly driver?: Driver };
export type ConsumerWish = Partial<ConsumerOptions> & {
  readonly driver?: Driver;
  /** Acknowledge each message as it comes; default true. */
  readonly answering?: boolean;
};

/** A producer with its books. */
export interface Sender {
  readonly producer: Producer;
  readonly book: OutcomeBook;
  /** Offers `planned` until all were taken; resolves then, not when they are settled. */
  send(planned: Planned): Promise<PlannedSource>;
  /** The same, and waits until everything is settled. */
  sendAll(planned: Planned): Promise<PlannedSource>;
}

/** A consumer with what it got. */
export interface Receiver {
  readonly consumer: Consumer;
  readonly got: Arrivals;
}

/** Connects a fresh driver of the target. */
export async function openContext(target: ContractTarget): Promise<ContractContext> {
  const patienceMs = target.patienceMs ?? 15_000;
  const deferred: (() => unknown)[] = [];
  const driver = await target.make();
  deferred.push(() => driver.close());
  await within("connect()", driver.connect(), patienceMs);

  const plan = (wish: Partial<Topology> = {}): Topology => {
    const durable = driver.capabilities.durability.filter((d) => d !== "none").at(-1) ?? "none";
    const topology: Topology = {
      name: `contract-${randomBytes(6).toString("hex")}`,
      partitions: 1,
      subscriptions: ["all"],
      durability: durable,
      maxMessageBytes: 1024 ** 2,
      ...wish,
    };
    deferred.push(() => driver.drop(topology));
    return topology;
  };

  return {
    target,
    driver,
    patienceMs,
    plan,
    async stream(wish) {
      const topology = plan(wish);
      await within("create()", driver.create(topology), patienceMs);
      return topology;
    },
    async produce(topology, { driver: other, ...wish } = {}) {
      const book = new OutcomeBook();
      const options = { ...PRODUCER, topology, ...wish };
      const producer = await within(
        "producer()",
        (other ?? driver).producer(options, book.outcomes),
        patienceMs,
      );
      deferred.push(() => producer.close());
      return sender(producer, book, options, patienceMs);
    },
    async consume(topology, { driver: other, answering = true, ...wish } = {}) {
      const used = other ?? driver;
      const options: ConsumerOptions = {
        topology,
        subscription: topology.subscriptions[0]!,
        index: 0,
        sharing: used.capabilities.sharing.includes("exclusive") ? "exclusive" : "compete",
        partitions: Array.from({ length: topology.partitions }, (_, i) => i),
        prefetch: 100,
        acknowledge: "manual",
        ...wish,
      };
      const got = new Arrivals(answering && options.acknowledge !== "auto", patienceMs);
      const consumer = await within("consumer()", used.consumer(options, got.deliveries), patienceMs);
      got.attach(consumer);
      deferred.push(() => consumer.close());
      return { consumer, got };
    },
    defer: (action) => void deferred.push(action),
    async close() {
      const errors: unknown[] = [];
      for (const action of deferred.reverse())
        await within("clean-up", Promise.resolve(action()), patienceMs).catch((e) => errors.push(e));
      if (errors.length > 0) throw new AggregateError(errors, `clean-up failed: ${errors.join("; ")}`);
    },
  };
}

const PRODUCER: Omit<ProducerOptions, "topology"> = {
  index: 0,
  maxInFlight: 256,
  lingerNs: 0,
  batchBytes: 128 * 1024,
  publishTimeoutNs: 30e9,
  idempotent: false,
};

function sender(producer: Producer, book: OutcomeBook, options: ProducerOptions, patienceMs: number): Sender {
  // Lanes go on where an earlier send on this producer ended.
  const sequences = new Map<number, number>();
  const send = async (planned: Planned) => {
    const source = new PlannedSource(planned, options.index, options.topology.partitions, sequences, book);
    while (source.left() > 0) {
      const readies = book.readies();
      const due = source.left();
      const took = producer.offer(source, due);
      if (took !== due - source.left())
        throw new Error(`offer() says that it took ${took} messages but took ${due - source.left()}`);
      if (source.left() > 0) await book.waitFor("ready()", () => book.readies() > readies, patienceMs);
    }
    return source;
  };
  return {
    producer,
    book,
    send,
    async sendAll(planned) {
      const source = await send(planned);
      await within("flush()", producer.flush(), patienceMs);
      await book.waitFor("every outcome", () => book.inFlight() === 0, patienceMs);
      return source;
    },
  };
}
