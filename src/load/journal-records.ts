import { crc32 } from "node:zlib";
import type { Outcome } from "../drivers/driver.ts";

/**
 * The journal of an agent that may be killed: a file of records, only ever appended to, little-endian.
 *
 * | at | size | what |
 * |---|---|---|
 * | 0 | 4 | size of the payload, bytes |
 * | 4 | 4 | CRC-32 of all that follows |
 * | 8 | 1 | type of the record |
 * | 9 | … | payload |
 *
 * | type | payload |
 * |---|---|
 * | 1 offered | lane u32, message size u32, sequence f64, intended time f64, send time f64 |
 * | 2 settled | time f64, lane u32, outcome u8 (0 acked, 1 failed, 2 unknown, 3 unasked), reserved u8, size of the code u16, code, then [first sequence f64, count f64] … |
 * | 3 processed | time of arrival f64, subscription u16, consumer u16, then [sequence f64, offset f64, intended time f64, send time f64, lane u32, partition u16, kind u8 (0 ok, 1 foreign, 2 corrupt), delivered before u8] … |
 * | 4 crash | time f64, number of the fault u32, messages at hand u32 |
 * | 5 begun | producer u32, number of its transaction u32: what it offers from here on is part of it |
 *
 * Times are in ns since the run's start. A record that is cut off or does not match its check ends the journal:
 * its writer was killed while it wrote.
 */
export type JournalRecord =
  | ({ readonly type: "offered" } & OfferedRecord)
  | ({ readonly type: "settled" } & SettledRecord)
  | ({ readonly type: "processed" } & ProcessedRecord)
  | ({ readonly type: "crash" } & CrashRecord)
  | ({ readonly type: "begun" } & BegunRecord);

export interface OfferedRecord {
  readonly lane: number;
  readonly sequence: number;
  readonly sizeBytes: number;
  readonly intendedNs: number;
  readonly sentNs: number;
}

export interface SettledRecord {
  readonly atNs: number;
  readonly lane: number;
  readonly outcome: Outcome;
  readonly code: string | undefined;
  readonly ranges: readonly (readonly [from: number, count: number])[];
}

export interface ProcessedRecord {
  readonly receivedNs: number;
  readonly subscription: number;
  readonly consumer: number;
  readonly messages: readonly ProcessedMessage[];
}

export interface ProcessedMessage {
  readonly kind: (typeof KINDS)[number];
  readonly lane: number;
  readonly sequence: number;
  readonly intendedNs: number;
  readonly sentNs: number;
  readonly partition: number;
  readonly offset: number;
  /** Delivered before, by the broker's flag or by its offset. */
  readonly flagged: boolean;
}

export interface CrashRecord {
  readonly atNs: number;
  readonly fault: number;
  readonly inFlight: number;
}

export interface BegunRecord {
  readonly producer: number;
  readonly transaction: number;
}

const TYPES = ["offered", "settled", "processed", "crash", "begun"] as const;
const OUTCOMES = ["acked", "failed", "unknown", "unasked"] as const satisfies readonly Outcome[];
const KINDS = ["ok", "foreign", "corrupt"] as const;

const HEAD_BYTES = 9;
const OFFERED_BYTES = 32;
const SETTLED_BYTES = 16;
const RANGE_BYTES = 16;
const PROCESSED_BYTES = 12;
const MESSAGE_BYTES = 40;
const CRASH_BYTES = 16;
const BEGUN_BYTES = 8;

export function encodeRecord(record: JournalRecord): Buffer {
  switch (record.type) {
    case "offered": {
      const out = opened(OFFERED_BYTES);
      out.writeUInt32LE(record.lane, HEAD_BYTES);
      out.writeUInt32LE(record.sizeBytes, HEAD_BYTES + 4);
      doubles(out, HEAD_BYTES + 8, [record.sequence, record.intendedNs, record.sentNs]);
      return sealed(out, record.type);
    }
    case "settled": {
      const code = Buffer.from(record.code ?? "");
      const out = opened(SETTLED_BYTES + code.length + record.ranges.length * RANGE_BYTES);
      out.writeDoubleLE(record.atNs, HEAD_BYTES);
      out.writeUInt32LE(record.lane, HEAD_BYTES + 8);
      out[HEAD_BYTES + 12] = OUTCOMES.indexOf(record.outcome);
      out.writeUInt16LE(code.length, HEAD_BYTES + 14);
      code.copy(out, HEAD_BYTES + SETTLED_BYTES);
      doubles(out, HEAD_BYTES + SETTLED_BYTES + code.length, record.ranges.flat());
      return sealed(out, record.type);
    }
    case "processed": {
      const out = opened(PROCESSED_BYTES + record.messages.length * MESSAGE_BYTES);
      out.writeDoubleLE(record.receivedNs, HEAD_BYTES);
      out.writeUInt16LE(record.subscription, HEAD_BYTES + 8);
      out.writeUInt16LE(record.consumer, HEAD_BYTES + 10);
      record.messages.forEach((m, i) => {
        const at = HEAD_BYTES + PROCESSED_BYTES + i * MESSAGE_BYTES;
        doubles(out, at, [m.sequence, m.offset, m.intendedNs, m.sentNs]);
        out.writeUInt32LE(m.lane, at + 32);
        out.writeUInt16LE(m.partition, at + 36);
        out[at + 38] = KINDS.indexOf(m.kind);
        out[at + 39] = m.flagged ? 1 : 0;
      });
      return sealed(out, record.type);
    }
    case "crash": {
      const out = opened(CRASH_BYTES);
      out.writeDoubleLE(record.atNs, HEAD_BYTES);
      out.writeUInt32LE(record.fault, HEAD_BYTES + 8);
      out.writeUInt32LE(record.inFlight, HEAD_BYTES + 12);
      return sealed(out, record.type);
    }
    case "begun": {
      const out = opened(BEGUN_BYTES);
      out.writeUInt32LE(record.producer, HEAD_BYTES);
      out.writeUInt32LE(record.transaction, HEAD_BYTES + 4);
      return sealed(out, record.type);
    }
  }
}

/**
 * Calls `on` for each whole record, with the place in the journal where it ends.
 * @returns where the last whole record ends
 */
export function readJournal(bytes: Buffer, on: (record: JournalRecord, endsAt: number) => void): number {
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    const end = at + HEAD_BYTES + bytes.readUInt32LE(at);
    if (end > bytes.length || crc32(bytes.subarray(at + 8, end)) !== bytes.readUInt32LE(at + 4)) break;
    on(decode(TYPES[bytes[at + 8]! - 1], bytes.subarray(at + HEAD_BYTES, end)), end);
    at = end;
  }
  return at;
}

function decode(type: JournalRecord["type"] | undefined, p: Buffer): JournalRecord {
  switch (type) {
    case "offered":
      return {
        type,
        lane: p.readUInt32LE(0),
        sizeBytes: p.readUInt32LE(4),
        sequence: p.readDoubleLE(8),
        intendedNs: p.readDoubleLE(16),
        sentNs: p.readDoubleLE(24),
      };
    case "settled": {
      const start = SETTLED_BYTES + p.readUInt16LE(14);
      const code = p.toString("utf8", SETTLED_BYTES, start);
      return {
        type,
        atNs: p.readDoubleLE(0),
        lane: p.readUInt32LE(8),
        outcome: OUTCOMES[p[12]!]!,
        code: code === "" ? undefined : code,
        ranges: places(p, start, RANGE_BYTES).map((at) => [p.readDoubleLE(at), p.readDoubleLE(at + 8)]),
      };
    }
    case "processed":
      return {
        type,
        receivedNs: p.readDoubleLE(0),
        subscription: p.readUInt16LE(8),
        consumer: p.readUInt16LE(10),
        messages: places(p, PROCESSED_BYTES, MESSAGE_BYTES).map((at) => ({
          sequence: p.readDoubleLE(at),
          offset: p.readDoubleLE(at + 8),
          intendedNs: p.readDoubleLE(at + 16),
          sentNs: p.readDoubleLE(at + 24),
          lane: p.readUInt32LE(at + 32),
          partition: p.readUInt16LE(at + 36),
          kind: KINDS[p[at + 38]!]!,
          flagged: p[at + 39] === 1,
        })),
      };
    case "crash":
      return { type, atNs: p.readDoubleLE(0), fault: p.readUInt32LE(8), inFlight: p.readUInt32LE(12) };
    case "begun":
      return { type, producer: p.readUInt32LE(0), transaction: p.readUInt32LE(4) };
    case undefined:
      throw new Error("a journal has a record of a type that there is not");
  }
}

function opened(payloadBytes: number): Buffer {
  const out = Buffer.alloc(HEAD_BYTES + payloadBytes);
  out.writeUInt32LE(payloadBytes, 0);
  return out;
}

function sealed(out: Buffer, type: JournalRecord["type"]): Buffer {
  out[8] = TYPES.indexOf(type) + 1;
  out.writeUInt32LE(crc32(out.subarray(8)), 4);
  return out;
}

function doubles(out: Buffer, at: number, values: readonly number[]): void {
  values.forEach((value, i) => {
    out.writeDoubleLE(value, at + i * 8);
  });
}

function places(payload: Buffer, start: number, step: number): number[] {
  return Array.from({ length: (payload.length - start) / step }, (_, i) => start + i * step);
}
