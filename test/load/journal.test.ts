import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createClock } from "../../src/load/clock.ts";
import { createJournal } from "../../src/load/journal.ts";
import { encodeRecord, type JournalRecord, readJournal } from "../../src/load/journal-records.ts";
import { temporaryFolder } from "../support/run.ts";

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const sequence = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const timeNs = fc.double({ min: 0, max: 1e15, noNaN: true });

const record: fc.Arbitrary<JournalRecord> = fc.oneof(
  fc.record({
    type: fc.constant("offered" as const),
    lane: u32,
    sequence,
    sizeBytes: u32,
    intendedNs: timeNs,
    sentNs: timeNs,
  }),
  fc.record({
    type: fc.constant("settled" as const),
    atNs: timeNs,
    lane: u32,
    outcome: fc.constantFrom("acked" as const, "failed" as const, "unknown" as const, "unasked" as const),
    code: fc.option(fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" }), { nil: undefined }),
    ranges: fc.array(fc.tuple(sequence, sequence), { maxLength: 5 }),
  }),
  fc.record({
    type: fc.constant("processed" as const),
    receivedNs: timeNs,
    subscription: u16,
    consumer: u16,
    messages: fc.array(
      fc.record({
        kind: fc.constantFrom("ok" as const, "foreign" as const, "corrupt" as const),
        lane: u32,
        sequence,
        intendedNs: timeNs,
        sentNs: timeNs,
        partition: u16,
        offset: fc.integer({ min: -1 }),
        flagged: fc.boolean(),
      }),
      { maxLength: 5 },
    ),
  }),
  fc.record({ type: fc.constant("crash" as const), atNs: timeNs, fault: u32, inFlight: u32 }),
  fc.record({ type: fc.constant("begun" as const), producer: u32, transaction: u32 }),
);

function read(bytes: Buffer): { records: JournalRecord[]; ends: number[]; wholeBytes: number } {
  const records: JournalRecord[] = [];
  const ends: number[] = [];
  const wholeBytes = readJournal(bytes, (one, endsAt) => {
    records.push(one);
    ends.push(endsAt);
  });
  return { records, ends, wholeBytes };
}

describe("a journal's records", () => {
  it("are read as they were written", () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 10 }), (records) => {
        const encoded = records.map(encodeRecord);
        const found = read(Buffer.concat(encoded));
        expect(found.records).toEqual(records);
        let end = 0;
        expect(found.ends).toEqual(encoded.map(({ length }) => (end += length)));
      }),
    );
  });

  it("end before one that is cut off, at whatever byte", () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), (records) => {
        const encoded = records.map(encodeRecord);
        const all = Buffer.concat(encoded);
        const lastBytes = encoded.at(-1)!.length;
        for (let cut = 1; cut <= lastBytes; cut++) {
          const found = read(all.subarray(0, all.length - cut));
          expect(found.records).toEqual(records.slice(0, -1));
          expect(found.wholeBytes).toBe(all.length - lastBytes);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("end before one with a byte that is not as it was written", () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), fc.nat(), (records, place) => {
        const encoded = records.map(encodeRecord);
        const all = Buffer.concat(encoded);
        const lastBytes = encoded.at(-1)!.length;
        all[all.length - 1 - (place % lastBytes)]! ^= 0x40;
        expect(read(all).records).toEqual(records.slice(0, -1));
      }),
    );
  });
});

describe("a journal", () => {
  it("has what was written before a SIGKILL, and the kill is at the first point after its time", () => {
    const path = join(temporaryFolder(), "journals", "a.journal");
    const entry = new URL("../fixtures/crashing.ts", import.meta.url).pathname;
    const child = spawnSync(process.execPath, [entry, path], { encoding: "utf8", timeout: 20_000 });
    expect(child.signal, child.stderr).toBe("SIGKILL");
    const { records } = read(readFileSync(path));
    expect(records.map((r) => r.type)).toEqual(["offered", "offered", "offered", "crash"]);
    expect(records.at(-1)).toMatchObject({ fault: 7, inFlight: 3 });
  });

  it("kills nobody at another point, with nothing at hand, before the run, too early or too late", () => {
    const folder = temporaryFolder();
    const clock = createClock(process.hrtime());
    const at = (name: string, atNs: number, untilNs: number, isStarted = true) => {
      const journal = createJournal(
        { path: join(folder, name), crashes: [{ fault: 0, atNs, point: "after-process" }] },
        clock,
        untilNs,
      );
      if (isStarted) journal.start();
      return journal;
    };
    const idle = at("idle", 0, 1e15, false);
    idle.reach("after-process", 1);
    const due = at("due", 0, 1e15);
    due.reach("before-process", 1);
    due.reach("after-process", 0);
    const early = at("early", 1e15, 2e15);
    early.reach("after-process", 1);
    const late = at("late", 0, 0);
    late.reach("after-process", 1);
    const all = [idle, due, early, late];
    expect(all.map(({ bytes }) => bytes)).toEqual([0, 0, 0, 0]);
    for (const journal of all) journal.close();
  });

  it("is a file of its own: one that exists is not written to", () => {
    const path = join(temporaryFolder(), "a.journal");
    const clock = createClock(process.hrtime());
    createJournal({ path, crashes: [] }, clock, 0).close();
    expect(() => createJournal({ path, crashes: [] }, clock, 0)).toThrow(/EEXIST/);
  });
});
