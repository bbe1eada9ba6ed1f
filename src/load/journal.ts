import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { CrashPoint } from "../model/fault.ts";
import type { Clock } from "./clock.ts";
import { encodeRecord, type JournalRecord } from "./journal-records.ts";
import type { JournalInit } from "./protocol.ts";

/**
 * What an agent that may be killed writes down: each record is one plain write, which the kernel has when it
 * returns, so a SIGKILL takes nothing of it away (a power loss would).
 */
export interface Journal {
  /** Bytes written. */
  readonly bytes: number;
  append(record: JournalRecord): void;
  /**
   * The agent is at this point with so many messages at hand; does not return if the plan kills it here. With no
   * message at hand nothing would be shown, so the next time counts.
   */
  reach(point: CrashPoint, inFlight: number): void;
  /** Whether the plan kills the agent at this point, once it comes there. */
  isDue(point: CrashPoint): boolean;
  /** The clock shows the run's time from now on; before that nothing is killed. */
  start(): void;
  close(): void;
}

/** Of an agent that nobody kills. */
export const NO_JOURNAL: Journal = {
  bytes: 0,
  append() {},
  reach() {},
  isDue: () => false,
  start() {},
  close() {},
};

/** @param untilNs nothing is killed from then on: the plan's measure phase is over */
export function createJournal({ path, crashes }: JournalInit, clock: Clock, untilNs: number): Journal {
  mkdirSync(dirname(path), { recursive: true });
  const fd = openSync(path, "ax");
  let bytes = 0;
  let isOpen = true;
  let isStarted = false;
  const next = crashes[0];
  const dueAtNs = (point: CrashPoint): number | undefined => {
    if (!isStarted || next === undefined || next.point !== point) return undefined;
    const atNs = clock.now();
    return atNs >= next.atNs && atNs < untilNs ? atNs : undefined;
  };
  const append = (record: JournalRecord): void => {
    const all = encodeRecord(record);
    for (let at = 0; at < all.length; ) at += writeSync(fd, all, at);
    bytes += all.length;
  };
  return {
    get bytes() {
      return bytes;
    },
    append,
    reach(point, inFlight) {
      const atNs = dueAtNs(point);
      if (next === undefined || atNs === undefined || inFlight === 0) return;
      append({ type: "crash", atNs, fault: next.fault, inFlight });
      // A signal to oneself is there before the call returns.
      process.kill(process.pid, "SIGKILL");
    },
    isDue: (point) => dueAtNs(point) !== undefined,
    start() {
      isStarted = true;
    },
    close() {
      if (isOpen) closeSync(fd);
      isOpen = false;
    },
  };
}
