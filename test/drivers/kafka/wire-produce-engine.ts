import { onTestFinished } from "vitest";
import type { MessageSource, Outcome } from "../../../src/drivers/driver.ts";
import type { Answer, Connection } from "../../../src/drivers/kafka/wire/connection.ts";
import type { EngineOptions } from "../../../src/drivers/kafka/wire/engine-options.ts";
import { produceHead } from "../../../src/drivers/kafka/wire/produce-request.ts";
import type { ProducerBatch } from "../../../src/drivers/kafka/wire/producer-batch.ts";
import { ProducerEngine } from "../../../src/drivers/kafka/wire/producer-engine.ts";
import type { Link } from "../../../src/drivers/kafka/wire/producer-links.ts";
import { BATCH_AT } from "../../../src/drivers/kafka/wire/record-batch.ts";

/** What a broker gets to see of one request. */
export interface SentBatch {
  readonly answer: Answer;
  readonly from: number;
  readonly count: number;
  readonly producerId: number;
  readonly epoch: number;
  readonly baseSequence: number;
}

/** An engine whose broker is the test. */
export interface Bench {
  readonly engine: ProducerEngine;
  readonly sent: SentBatch[];
  readonly settled: { from: number; count: number; outcome: Outcome; code: string | undefined }[];
  readonly events: string[];
  readonly link: Link;
  readies: number;
  stales: number;
  renewals: number;
  /** Offers as many messages of 100 bytes of lane 0. */
  offer(count: number): number;
  /** Answers the oldest request that was not answered. */
  reply(errorCode: number, throttleMs?: number): void;
  /** Breaks the connection under all of them. */
  cut(code?: string): void;
}

/** Codes of the protocol. */
export const NOT_LEADER = 6;
export const TIMED_OUT = 7;
export const TOO_LARGE = 10;

/** 400 bytes hold two messages of 100 bytes. */
export const PER_BATCH = 2;

const TOPIC = "t";

/** One that is closed when the test is over. */
export function bench(wish: Partial<EngineOptions> = {}): Bench {
  const made = createBench(wish);
  onTestFinished(() => made.engine.close());
  return made;
}

export const outcomes = ({ settled }: Bench) => settled.map((s) => `${s.from}+${s.count} ${s.outcome}`);

export function createBench(wish: Partial<EngineOptions> = {}): Bench {
  const head = produceHead({ clientId: "c", topic: TOPIC, partition: 0, acks: -1, timeoutMs: 1000 });
  let sequence = 0;
  let unanswered: SentBatch[] = [];
  const bench: Omit<Bench, "engine" | "link"> = {
    sent: [],
    settled: [],
    events: [],
    readies: 0,
    stales: 0,
    renewals: 0,
    offer(count) {
      const wanted = sequence + count;
      const message = { lane: 0, sequence, partition: 0, sizeBytes: 100, key: undefined };
      const source: MessageSource = {
        peek() {
          message.sequence = sequence;
          return sequence < wanted ? message : undefined;
        },
        write: () => void sequence++,
      };
      return engine.offer(source, count);
    },
    reply(errorCode, throttleMs = 0) {
      const batch = unanswered.shift();
      if (!batch) throw new Error("nothing to answer");
      const bytes = Buffer.alloc(4 + 2 + TOPIC.length + 4 + 4 + 2 + 24 + 4);
      bytes.writeInt32BE(1, 0);
      bytes.writeInt16BE(TOPIC.length, 4);
      bytes.writeInt16BE(errorCode, 14 + TOPIC.length);
      bytes.writeInt32BE(throttleMs, bytes.length - 4);
      batch.answer.answered(bytes, 0, bytes.length);
    },
    cut(code = "ECONNRESET") {
      const lost = unanswered;
      unanswered = [];
      for (const { answer } of lost) answer.failed(code, "cut");
    },
  };
  const engine = new ProducerEngine(
    {
      acks: -1,
      idempotent: false,
      compression: "none",
      batchBytes: 400,
      lingerMs: 0,
      publishTimeoutMs: 10_000,
      maxInFlight: 1000,
      maxInFlightRequests: 5,
      topicBytes: TOPIC.length,
      retries: 0,
      renew: ({ producerId }) => Promise.resolve({ producerId, epoch: ++bench.renewals }),
      ...wish,
    },
    {
      settled: (_, from, count, outcome, code) => bench.settled.push({ from, count, outcome, code }),
      settledList: () => undefined,
      ready: () => void bench.readies++,
      event: (kind, detail) => bench.events.push(`${kind} ${detail}`),
    },
    0,
    [head],
  );
  engine.lanes[0]!.identity = { producerId: 100, epoch: 0 };
  const send = (frame: Buffer, _: number, __: number, answer: Answer): boolean => {
    const at = head.length;
    const { from } = answer as ProducerBatch;
    const sent = {
      answer,
      from,
      count: frame.readInt32BE(at + BATCH_AT.count),
      producerId: Number(frame.readBigInt64BE(at + BATCH_AT.producerId)),
      epoch: frame.readInt16BE(at + BATCH_AT.producerEpoch),
      baseSequence: frame.readInt32BE(at + BATCH_AT.baseSequence),
    };
    unanswered.push(sent);
    bench.sent.push(sent);
    return true;
  };
  const connection: Connection = {
    address: "test",
    isOpen: true,
    pending: 0,
    writableBytes: 0,
    send,
    post: send,
    close: () => bench.cut("CLOSED"),
  };
  const link: Link = {
    node: 1,
    lanes: engine.lanes,
    connection,
    inFlight: 0,
    throttledUntilMs: 0,
    turn: 0,
  };
  engine.links = {
    all: [link],
    start: () => Promise.resolve(),
    linkOf: () => link,
    stale: () => void bench.stales++,
    close: () => link.connection?.close(),
  };
  return Object.assign(bench, { engine, link });
}
