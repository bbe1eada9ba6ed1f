import type { Compression } from "../settings.ts";
import type { Answer } from "./connection.ts";
import type { Identity } from "./idempotence.ts";
import type { ProducerLane } from "./producer-lane.ts";
import type { Link } from "./producer-links.ts";
import { createRecordBatch, restamp } from "./record-batch.ts";

/** Who is told what became of a batch's request. */
export interface BatchOwner {
  batchAnswered(batch: ProducerBatch, buffer: Buffer, start: number, end: number): void;
  batchFailed(batch: ProducerBatch, code: string, reason: string): void;
}

/**
 * Messages of one lane and the request around them, in memory that is used again: the request's head, then
 * the record batch, written in place.
 */
export class ProducerBatch implements Answer {
  readonly records = createRecordBatch();
  lane: ProducerLane | undefined;
  /** Where its request is under way. */
  link: Link | undefined;
  /** Sequence of the first message within its lane. */
  from = 0;
  createdMs = 0;
  attempts = 0;
  /** Some attempt may have been stored. */
  mayBeStored = false;
  /** The place of its first record in the broker's count; -1: not given yet, or not asked for. */
  baseSequence = -1;
  #bytes: Buffer;
  #headBytes = 0;
  #end = 0;
  readonly #owner: BatchOwner;

  constructor(owner: BatchOwner, roomBytes: number) {
    this.#owner = owner;
    this.#bytes = Buffer.allocUnsafeSlow(roomBytes);
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  get end(): number {
    return this.#end;
  }

  begin(lane: ProducerLane, from: number, nowMs: number): void {
    this.lane = lane;
    this.from = from;
    this.createdMs = nowMs;
    this.attempts = 0;
    this.mayBeStored = false;
    this.baseSequence = -1;
    this.#headBytes = lane.head.copy(this.#bytes);
    this.#end = 0;
    this.records.begin(this.#bytes, this.#headBytes);
  }

  /** Ready to be sent as this producer's; before the first attempt, or after a new identity was obtained. */
  seal(identity: Identity, baseSequence: number, compression: Compression): void {
    this.baseSequence = baseSequence;
    if (this.#end > 0) {
      restamp(this.#bytes, this.#headBytes, identity.producerId, identity.epoch, baseSequence);
      return;
    }
    this.#end = this.records.finish({
      timestampMs: Date.now() + (this.lane?.timestampAheadMs ?? 0),
      producerId: identity.producerId,
      producerEpoch: identity.epoch,
      baseSequence,
      transactional: identity.isTransactional === true,
      compression,
    });
    this.#bytes.writeInt32BE(this.#end - this.#headBytes, this.#headBytes - 4);
  }

  answered(buffer: Buffer, start: number, end: number): void {
    this.#owner.batchAnswered(this, buffer, start, end);
  }

  failed(code: string, reason: string): void {
    this.#owner.batchFailed(this, code, reason);
  }
}
