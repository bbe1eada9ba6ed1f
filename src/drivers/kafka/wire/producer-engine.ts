import type { MessageSource, Outcome, Outcomes } from "../../driver.ts";
import { judgeCode } from "../outcome.ts";
import { createAlarm } from "./alarm.ts";
import type { EngineOptions } from "./engine-options.ts";
import { NOBODY } from "./idempotence.ts";
import {
  LEADERSHIP,
  type ProduceAnswer,
  type Reaction,
  reactionTo,
  readProduceAnswer,
} from "./produce-request.ts";
import { type BatchOwner, ProducerBatch } from "./producer-batch.ts";
import { ProducerLane } from "./producer-lane.ts";
import type { Link, Links } from "./producer-links.ts";
import { createRecovery, type Recovery } from "./producer-recovery.ts";
import { retryFirst } from "./producer-retry.ts";
import { protocolErrorName } from "./protocol-error.ts";
import { batchRoomBytes } from "./record-batch.ts";

/** A broker remembers as many batches of a producer, to know a copy (ProducerStateEntry.NUM_BATCHES_TO_RETAIN). */
export const REMEMBERED_BATCHES = 5;
const RETRY_PAUSE_MS = 50;
/** Memory of batches kept for the next use: new memory costs more than what is written to it. */
const POOL_BYTES = 64 * 1024 ** 2;

/**
 * Takes messages into batches, sends these in order and settles them. Without idempotence nothing is sent
 * twice, unless retries are asked for, which may cost the order. With it a batch whose fate is open is sent again with the same sequence, before anything newer.
 */
export class ProducerEngine implements BatchOwner {
  readonly lanes: ProducerLane[];
  links: Links | undefined;
  unsettled = 0;
  isClosed = false;
  /** Nothing is sent again. */
  isAbandoned = false;
  readonly #options: EngineOptions;
  readonly #on: Outcomes;
  readonly #laneLimit: number;
  readonly #roomBytes: number;
  readonly #pool: ProducerBatch[] = [];
  readonly #flushes: (() => void)[] = [];
  readonly #answer: ProduceAnswer = { errorCode: 0, throttleMs: 0 };
  #isStarved = false;
  readonly #alarm = createAlarm(() => this.pump());
  readonly #recovery: Recovery;

  constructor(options: EngineOptions, on: Outcomes, firstLane: number, heads: readonly Buffer[]) {
    this.#options = options;
    this.#on = on;
    this.#laneLimit = options.idempotent ? REMEMBERED_BATCHES : Number.POSITIVE_INFINITY;
    this.lanes = heads.map((head, i) => new ProducerLane(firstLane + i, i, head, NOBODY));
    this.#recovery = createRecovery({
      publishTimeoutMs: options.publishTimeoutMs,
      renew: options.renew,
      settle: (batch, outcome, code) => this.#settle(batch, outcome, code),
      askAgain: (lane) => this.#askAgain(lane),
      isAbandoned: () => this.isAbandoned,
      renewed: () => this.pump(),
    });
    this.#roomBytes = Math.max(0, ...heads.map((h) => h.length)) + options.batchBytes;
  }

  offer(source: MessageSource, max: number): number {
    const { maxInFlight, batchBytes } = this.#options;
    const { lanes } = this;
    const room = maxInFlight - this.unsettled;
    const most = Math.min(max, room);
    let taken = 0;
    while (taken < most) {
      const head = source.peek();
      if (head === undefined) break;
      const { sizeBytes, key } = head;
      const lane = lanes[head.partition]!;
      let batch = lane.growing;
      if (batch === undefined || !batch.records.fits(sizeBytes, key, batchBytes)) {
        batch = this.#begin(lane, head.sequence, sizeBytes, key);
      }
      const at = batch.records.append(sizeBytes, key);
      source.write(batch.bytes, at);
      taken++;
    }
    this.unsettled += taken;
    if (taken < max && this.unsettled >= maxInFlight) this.#isStarved = true;
    if (taken > 0) this.pump();
    return taken;
  }

  flush(): Promise<void> {
    if (this.unsettled === 0 || this.isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#flushes.push(resolve);
      this.pump();
    });
  }

  /** Everything is unknown from now on. */
  close(): void {
    this.isClosed = true;
    this.#alarm.stop();
    this.links?.close();
    for (const lane of this.lanes) for (const batch of lane.drain()) this.#settle(batch, "unknown", "CLOSED");
    for (const done of this.#flushes.splice(0)) done();
  }

  /** Sends whatever may be sent now. */
  pump(): void {
    const { links } = this;
    if (this.isClosed || links === undefined) return;
    const nowMs = performance.now();
    for (const link of links.all) this.#pumpLink(link, nowMs, this.#options.lingerMs);
    this.#wakeLater(nowMs);
  }

  /** Nothing can be sent just now: what waited too long ends. */
  expire(code: string): void {
    const beforeMs = performance.now() - this.#options.publishTimeoutMs;
    for (const lane of this.lanes) {
      if (this.links?.linkOf(lane)?.connection !== undefined) continue;
      for (const batch of lane.takeBefore(beforeMs)) this.#recovery.giveUp(batch, code);
    }
    for (const lane of this.lanes) this.#recovery.advance(lane);
    this.#proceed();
  }

  /** What is not under way ends, and what is under way is not sent again. */
  abandon(code: string): void {
    this.isAbandoned = true;
    for (const lane of this.lanes)
      for (const batch of lane.takeBefore(Number.POSITIVE_INFINITY)) this.#recovery.giveUp(batch, code);
    this.#proceed();
  }

  batchAnswered(batch: ProducerBatch, buffer: Buffer, start: number, end: number): void {
    const lane = batch.lane!;
    const link = this.#left(batch);
    const answer = this.#answer;
    const { acks, idempotent, topicBytes } = this.#options;
    if (acks === 0) this.#settle(batch, "unasked");
    else if (!readProduceAnswer(buffer, start, end, topicBytes, answer))
      this.#settle(batch, "unknown", "BAD_ANSWER");
    else {
      if (answer.throttleMs > 0 && link) {
        link.throttledUntilMs = performance.now() + answer.throttleMs;
        this.#on.event("throttled", `${answer.throttleMs} ms`);
      }
      if (answer.errorCode === 0) {
        if (lane.passed.length > 0) this.#recovery.proved(lane);
        this.#settle(batch, "acked");
      } else if (idempotent)
        this.#recovery.react(batch, reactionTo(answer.errorCode), protocolErrorName(answer.errorCode));
      else this.#fail(batch, protocolErrorName(answer.errorCode), reactionTo(answer.errorCode), false);
    }
    if (!this.isClosed) this.#recovery.advance(lane);
    this.#proceed();
  }

  batchFailed(batch: ProducerBatch, code: string): void {
    const lane = batch.lane!;
    this.#left(batch);
    if (this.isClosed) this.#settle(batch, "unknown", code);
    else if (this.#options.idempotent) this.#recovery.react(batch, "again", code);
    else this.#fail(batch, code, "again", true);
    if (!this.isClosed) this.#recovery.advance(lane);
    this.#proceed();
  }

  /** Without idempotence: it is tried again where that was asked for, or ends with what is known of it. */
  #fail(batch: ProducerBatch, code: string, reaction: Reaction, connectionLost: boolean): void {
    const lane = batch.lane!;
    const isAgain = !this.isAbandoned && retryFirst(batch, reaction, this.#options);
    const attempt = { acks: this.#options.acks, left: true, connectionLost, attempts: batch.attempts };
    if (!isAgain) this.#settle(batch, judgeCode(code, attempt).outcome, code);
    if (isAgain || LEADERSHIP.has(code)) this.#askAgain(lane);
  }

  #begin(lane: ProducerLane, from: number, sizeBytes: number, key: Buffer | undefined): ProducerBatch {
    // A partition that was added since: nobody was asked yet who leads it.
    if (lane.node < 0) this.links?.stale();
    const full = lane.growing;
    if (full) {
      lane.growing = undefined;
      lane.queue.push(full);
      // At once, so that the broker works while the next one is filled.
      const link = this.links?.linkOf(lane);
      if (link) this.#pumpLink(link, performance.now(), Number.POSITIVE_INFINITY);
    }
    const room = lane.head.length + batchRoomBytes(sizeBytes, key === undefined ? 0 : key.length);
    const batch =
      room > this.#roomBytes
        ? new ProducerBatch(this, room)
        : (this.#pool.pop() ?? new ProducerBatch(this, this.#roomBytes));
    batch.begin(lane, from, performance.now());
    lane.growing = batch;
    return batch;
  }

  #pumpLink(link: Link, nowMs: number, linger: number): void {
    const { maxInFlightRequests } = this.#options;
    // Nothing can join a batch, and nothing under way will make room: waiting would be for nothing.
    const lingerMs = this.#isStarved && link.inFlight === 0 ? 0 : linger;
    const isFlushing = this.#flushes.length > 0;
    if (nowMs < link.throttledUntilMs) return;
    const count = link.lanes.length;
    let idle = 0;
    while (idle < count && link.inFlight < maxInFlightRequests && link.connection?.isOpen) {
      const lane = link.lanes[link.turn % count]!;
      link.turn = (link.turn + 1) % count;
      const batch = lane.take(nowMs, lingerMs, isFlushing, this.#laneLimit);
      if (batch === undefined) idle++;
      else {
        idle = 0;
        this.#send(link, lane, batch);
      }
    }
  }

  #send(link: Link, lane: ProducerLane, batch: ProducerBatch): void {
    const { idempotent, compression, acks } = this.#options;
    const connection = link.connection!;
    if (!idempotent) batch.seal(NOBODY, -1, compression);
    else if (batch.baseSequence < 0) {
      batch.seal(lane.identity, lane.nextSequence, compression);
      // Sequences are int32 and begin at 0 again.
      lane.nextSequence = (lane.nextSequence + batch.records.count) & 0x7fff_ffff;
    }
    lane.inFlight++;
    link.inFlight++;
    batch.attempts++;
    batch.link = link;
    if (acks === 0) connection.post(batch.bytes, 0, batch.end, batch);
    else connection.send(batch.bytes, 0, batch.end, batch);
  }

  /** A request of the lane is under way no more. */
  #left(batch: ProducerBatch): Link | undefined {
    const { link } = batch;
    batch.lane!.inFlight--;
    if (link) link.inFlight--;
    return link;
  }

  /** Somebody else may lead the partition now. */
  #askAgain(lane: ProducerLane): void {
    lane.pausedUntilMs = performance.now() + RETRY_PAUSE_MS;
    this.links?.stale();
  }

  #settle(batch: ProducerBatch, outcome: Outcome, code?: string): void {
    const { from } = batch;
    const { count } = batch.records;
    const { lane } = batch.lane!;
    this.unsettled -= count;
    const pool = this.#pool;
    if (batch.bytes.length === this.#roomBytes && pool.length * this.#roomBytes < POOL_BYTES)
      pool.push(batch);
    this.#on.settled(lane, from, count, outcome, code);
  }

  /** After any answer: a flush may be done, and there may be room. */
  #proceed(): void {
    if (this.isClosed) return;
    this.pump();
    if (this.unsettled === 0) for (const done of this.#flushes.splice(0)) done();
    if (this.#isStarved && this.unsettled < this.#options.maxInFlight) {
      this.#isStarved = false;
      this.#on.ready();
    }
  }

  /** When something may be sent by time alone; what waits for an answer needs no timer. */
  #wakeLater(nowMs: number): void {
    const { lingerMs } = this.#options;
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const { growing, hasUnsent, pausedUntilMs } of this.lanes) {
      if (pausedUntilMs > nowMs && hasUnsent) soonestMs = Math.min(soonestMs, pausedUntilMs);
      if (lingerMs === 0 || growing === undefined) continue;
      const dueMs = growing.createdMs + lingerMs;
      if (dueMs > nowMs) soonestMs = Math.min(soonestMs, dueMs);
    }
    for (const { throttledUntilMs } of this.links!.all)
      if (throttledUntilMs > nowMs) soonestMs = Math.min(soonestMs, throttledUntilMs);
    this.#alarm.set(soonestMs);
  }
}
