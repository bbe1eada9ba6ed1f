import { afterEach, describe, expect, test } from "vitest";
import { createUnanswered } from "../../../src/drivers/kafka/unanswered.ts";
import type { Cluster } from "../../../src/drivers/kafka/wire/cluster.ts";
import type { Answer, Connection, ConnectionEvents } from "../../../src/drivers/kafka/wire/connection.ts";
import { createConsumerDelivery } from "../../../src/drivers/kafka/wire/consumer-delivery.ts";
import type { ConsumerOffsets } from "../../../src/drivers/kafka/wire/consumer-offsets.ts";
import {
  type ConsumerRoutes,
  createConsumerRoutes,
} from "../../../src/drivers/kafka/wire/consumer-routes.ts";
import type { ReadPartition } from "../../../src/drivers/kafka/wire/fetch.ts";
import { BrokerError } from "../../../src/model/errors.ts";
import { until } from "../../support/until.ts";
import { encode } from "./wire-records-support.ts";

const NOT_LEADER = 6;
const OUT_OF_RANGE = 1;

/** A request that waits for the test's answer. */
interface Asked {
  readonly node: number;
  readonly offset: number;
  raw(set: Buffer): void;
  records(from: number, count: number): void;
  error(code: number): void;
  throttle(ms: number): void;
  cut(): void;
}

/** Brokers 1 and 2 of which the test plays the part, and one partition that one of them leads. */
function play(prefetch = 1000, startOffset = 0) {
  const asked: Asked[] = [];
  const log: string[] = [];
  const events: string[] = [];
  const offsets: number[] = [];
  let leader = 1;
  let refusals = 0;

  const connect = (node: number, on: ConnectionEvents): Connection => {
    let isOpen = true;
    return {
      address: `broker-${node}`,
      get isOpen() {
        return isOpen;
      },
      pending: 0,
      writableBytes: 0,
      post: () => false,
      close() {
        isOpen = false;
      },
      send(frame: Buffer, _start: number, end: number, answer: Answer) {
        if (!isOpen) return false;
        // Behind the only partition's offset: log start, largest size, topics forgotten.
        const offset = Number(frame.readBigInt64BE(end - 24));
        log.push(`ask ${node}@${offset}`);
        const reply = (body: Buffer): void => answer.answered(body, 0, body.length);
        asked.push({
          node,
          offset,
          raw: (set) => reply(fetched(set)),
          records: (from, count) => reply(fetched(batchOf(from, count))),
          error: (code) => reply(fetched(Buffer.alloc(0), { code })),
          throttle: (ms) => reply(fetched(Buffer.alloc(0), { throttleMs: ms })),
          cut() {
            isOpen = false;
            answer.failed("ECONNRESET", "cut");
            on.lost("ECONNRESET", "cut");
          },
        });
        return true;
      },
    };
  };

  const refresh: Cluster["refresh"] = async (topic) => ({
    topic,
    nodes: Int32Array.of(leader),
    epochs: Int32Array.of(0),
  });
  const cluster: Cluster = {
    refresh,
    leaders: refresh,
    async open(node, _options, on) {
      if (refusals-- > 0) throw new BrokerError("nobody there", { code: "BROKER_UNREACHABLE" });
      return connect(node, on);
    },
    control: () => Promise.reject(new Error("not asked for here")),
    close: async () => undefined,
  };

  const ledger = createUnanswered();
  const partition: ReadPartition = {
    partition: 0,
    fetchOffset: startOffset,
    position: startOffset,
    maxBytes: 1000,
    generation: 0,
    isUnderWay: false,
    damages: 0,
  };
  const delivery = createConsumerDelivery(
    {
      begin: () => log.push("begin"),
      message: (_bytes, _start, _end, _tag, _partition, offset) => offsets.push(offset),
      end: () => log.push("end"),
      event: () => undefined,
    },
    { prefetch, ledger, auto: false, moved: () => undefined, damaged: (p, e) => routes.restart(p, e) },
  );
  const routes: ConsumerRoutes = createConsumerRoutes({
    cluster,
    topic: "t",
    label: "consumer",
    partitions: [partition],
    offsets: { bounds: async () => ({ first: 40, end: 50 }) } as unknown as ConsumerOffsets,
    limits: { maxWaitMs: 10, minBytes: 1, maxBytes: 1000, isolation: "read_uncommitted" },
    maxFrameBytes: 1e6,
    on: {
      mayAskAhead: () => delivery.isIdle,
      arrived: (bytes, arrivals, from) => delivery.take(bytes, arrivals, from),
    },
    event: (kind) => events.push(kind),
  });
  return {
    asked,
    log,
    events,
    offsets,
    routes,
    lead: (node: number) => {
      leader = node;
    },
    refuse: (times: number) => {
      refusals = times;
    },
    answer(tag: number) {
      ledger.answer(tag, true);
      delivery.resume();
    },
    /** The latest request, once there are so many. */
    async request(count: number): Promise<Asked> {
      await until(
        `${count} requests`,
        () => asked.length >= count,
        5000,
        () => log.join(", "),
      );
      expect(asked).toHaveLength(count);
      return asked[count - 1]!;
    },
    close() {
      delivery.stop();
      routes.close();
    },
  };
}

const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i);

describe("a consumer's requests", () => {
  let stage: ReturnType<typeof play>;
  afterEach(() => stage.close());
  const open = async (prefetch?: number, startOffset?: number): Promise<typeof stage> => {
    stage = play(prefetch, startOffset);
    await stage.routes.start();
    return stage;
  };

  test("go out before what arrived is delivered", async () => {
    const { log, request } = await open();
    (await request(1)).records(0, 5);
    (await request(2)).records(5, 5);
    expect(log).toEqual(["ask 1@0", "ask 1@5", "begin", "end", "ask 1@10", "begin", "end"]);
  });

  test("wait while what arrived cannot be delivered, and go on when it can", async () => {
    const { offsets, answer, request } = await open(3);
    (await request(1)).records(0, 5);
    // Sent ahead, since there was room then.
    (await request(2)).records(5, 5);
    expect(offsets).toEqual(upTo(3));
    await new Promise(setImmediate);
    await request(2);
    answer(2);
    await until("more", () => offsets.length === 6, 5000);
    answer(5);
    await until("more", () => offsets.length === 9, 5000);
    answer(7);
    await until("all", () => offsets.length === 10, 5000);
    expect((await request(3)).offset).toBe(10);
    expect(offsets).toEqual(upTo(10));
  });

  test("follow the leader, with no message twice and none left out", async () => {
    const { offsets, events, lead, request } = await open();
    (await request(1)).records(0, 5);
    lead(2);
    (await request(2)).error(NOT_LEADER);
    const third = await request(3);
    expect([third.node, third.offset]).toEqual([2, 5]);
    third.records(5, 3);
    expect(offsets).toEqual(upTo(8));
    expect(events).toEqual(["disconnected", "reconnected"]);
  });

  test("go to who it was when there is no new leader yet", async () => {
    const { lead, request } = await open();
    lead(-1);
    (await request(1)).error(NOT_LEADER);
    setTimeout(() => lead(1), 80);
    expect((await request(2)).node).toBe(1);
  });

  test("are made again when a connection is lost, as soon as there is one", async () => {
    const { offsets, events, refuse, request } = await open();
    (await request(1)).records(0, 5);
    refuse(2);
    (await request(2)).cut();
    const third = await request(3);
    expect(third.offset).toBe(5);
    third.records(5, 1);
    expect(offsets).toEqual(upTo(6));
    expect(events).toEqual(["disconnected", "reconnected"]);
  });

  test("end where the log ends, or begin where it begins", async () => {
    const { events, request } = await open();
    (await request(1)).error(OUT_OF_RANGE);
    const second = await request(2);
    expect(second.offset).toBe(40);
    second.records(60, 1);
    (await request(3)).error(OUT_OF_RANGE);
    expect((await request(4)).offset).toBe(50);
    expect(events).toEqual(["disconnected", "disconnected"]);
  });

  test("begin at the log's first offset when the group's commit is beyond its last", async () => {
    const { request } = await open(1000, 70);
    (await request(1)).error(OUT_OF_RANGE);
    expect((await request(2)).offset).toBe(40);
  });

  test("wait as long as the broker's quota says", async () => {
    const { events, asked, request } = await open();
    const start = performance.now();
    (await request(1)).throttle(60);
    expect(events).toEqual(["throttled"]);
    expect(asked).toHaveLength(1);
    await request(2);
    // A timer may end a millisecond early by this clock.
    expect(performance.now() - start).toBeGreaterThan(58);
  });

  test("begin again at the last good place when something cannot be read, whatever was sent ahead", async () => {
    const { offsets, events, request } = await open();
    const first = await request(1);
    first.raw(Buffer.concat([batchOf(0, 2), damaged(batchOf(2, 2)), batchOf(4, 2)]));
    // The second was sent ahead, from behind what could not be read; its connection is gone.
    const [second, third] = [stage.asked[1]!, await request(3)];
    expect([second.offset, third.offset]).toEqual([6, 2]);
    third.records(2, 4);
    expect(offsets).toEqual(upTo(6));
    expect(events).toEqual(["disconnected", "reconnected"]);
  });
});

function batchOf(from: number, count: number): Buffer {
  return encode(
    Array.from({ length: count }, () => ({ key: undefined, value: Buffer.from("x") })),
    {},
    from,
  );
}

function damaged(bytes: Buffer): Buffer {
  bytes[bytes.length - 2]! ^= 1;
  return bytes;
}

/** The answer to Fetch v10, from behind the correlation id on, with partition 0 of one topic. */
function fetched(set: Buffer, { code = 0, throttleMs = 0 } = {}): Buffer {
  const head = Buffer.alloc(4 + 2 + 4 + 4 + 2 + 1 + 4 + 4 + 2 + 24 + 4 + 4);
  let at = head.writeInt32BE(throttleMs, 0) + 2 + 4;
  at = head.writeInt32BE(1, at);
  at = head.writeInt16BE(1, at);
  at += head.write("t", at);
  at = head.writeInt32BE(1, at);
  at = head.writeInt32BE(0, at);
  at = head.writeInt16BE(code, at) + 24;
  at = head.writeInt32BE(-1, at);
  head.writeInt32BE(set.length, at);
  return Buffer.concat([head, set]);
}
