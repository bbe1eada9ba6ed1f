import { describe, expect, test } from "vitest";
import type { Outcomes } from "../../../src/drivers/driver.ts";
import { ConfirmWindow } from "../../../src/drivers/rabbitmq/confirm-window.ts";
import { type BodySource, KeptBodies } from "../../../src/drivers/rabbitmq/kept-bodies.ts";
import { Unanswered } from "../../../src/drivers/rabbitmq/unanswered.ts";

const SIZE = 16;

const bodyOf = (n: number): string => `${n}`.repeat(1 + (n % 9));

/** A source whose only message is the n-th. */
const sourceOf = (n: number): BodySource => ({
  write: (into, at) => into.set(Buffer.from(bodyOf(n)), at),
});

function read(from: BodySource, sizeBytes: number): string {
  const into = Buffer.alloc(SIZE + 2, "-");
  from.write(into, 1);
  return into.toString("latin1", 0, sizeBytes + 2);
}

function recording() {
  const settled: string[] = [];
  const on: Outcomes = {
    settled: (lane, from, count, outcome, code) =>
      settled.push(`${lane}:${from}+${count} ${outcome}${code ? ` ${code}` : ""}`),
    settledList: () => {},
    ready: () => {},
    event: () => {},
  };
  return { settled, on };
}

/** Messages 0, 1, … under the tags 1, 2, …, with their bodies. */
function published(count: number, on: Outcomes) {
  const window = new ConfirmWindow(8, 2, on);
  const kept = new KeptBodies(window.slots);
  for (let n = 0; n < count; n++) {
    kept.keep(sourceOf(n), window.nextTag, bodyOf(n).length);
    window.push(n % 2, n % 2, n >> 1);
  }
  /** Puts what is unsettled on the next channel; returns the bodies as they would be sent. */
  const again = (): string[] => {
    const open = window.takeUnsettled();
    kept.renumber(open.map(({ tag }) => tag));
    return open.map(({ lane, partition, sequence }) => {
      const tag = window.nextTag;
      const sent = read(kept.again(tag), kept.sizeBytes(tag));
      window.push(lane, partition, sequence, true);
      return sent;
    });
  };
  return { window, kept, again };
}

describe("messages that are published again", () => {
  test("are as urgent as they were", () => {
    const { window, kept } = published(0, recording().on);
    for (let n = 0; n < 4; n++) {
      kept.keep(sourceOf(n), window.nextTag, bodyOf(n).length, n % 2 === 1);
      window.push(0, 0, n);
    }
    window.confirm(1, false, "acked");
    kept.renumber(window.takeUnsettled().map(({ tag }) => tag));
    expect([1, 2, 3].map((tag) => kept.isUrgent(tag))).toEqual([true, false, true]);
  });

  test("are those that were not confirmed, in their order, each with its own body, as often as it takes", () => {
    const { settled, on } = recording();
    const { window, again } = published(6, on);
    window.confirm(2, false, "acked");
    window.confirm(4, false, "acked");
    const left = [0, 2, 4, 5].map((n) => `-${bodyOf(n)}-`);
    expect(again()).toEqual(left);
    expect(window.inFlight).toBe(4);
    expect(again()).toEqual(left);
    window.confirm(1, false, "acked");
    expect(again()).toEqual(left.slice(1));
    window.confirm(3, true, "acked");
    expect(window.inFlight).toBe(0);
    expect(settled).toEqual(["1:0+1 acked", "1:1+1 acked", "0:0+1 acked", "0:1+2 acked", "1:2+1 acked"]);
  });

  test("may be stored from before: a refusal leaves them unknown", () => {
    const { settled, on } = recording();
    const { window, again } = published(3, on);
    again();
    window.push(0, 0, 9);
    window.markReturned(1);
    window.confirm(1, false, "acked");
    window.confirm(2, false, "failed", "NACKED");
    window.confirm(3, false, "acked");
    window.confirm(4, false, "failed", "NACKED");
    expect(settled).toEqual([
      "0:0+1 unknown UNROUTABLE",
      "1:0+1 unknown NACKED",
      "0:1+1 acked",
      "0:9+1 failed NACKED",
    ]);
  });

  test("are not those that came back", () => {
    const { settled, on } = recording();
    const { window, again } = published(3, on);
    window.markReturned(2);
    expect(again()).toHaveLength(2);
    expect(settled).toEqual(["1:0+1 failed UNROUTABLE"]);
    window.settleAll("unknown", "CLOSED");
    expect(settled.slice(1)).toEqual(["0:0+2 unknown CLOSED"]);
  });

  test("leave room for new ones, whose bodies take no place of theirs", () => {
    const { on } = recording();
    const { window, kept, again } = published(8, on);
    window.confirm(6, true, "acked");
    again();
    for (let n = 8; window.hasRoom(); n++) {
      kept.keep(sourceOf(n), window.nextTag, bodyOf(n).length);
      window.push(0, 0, n);
    }
    expect(again()).toEqual([6, 7, 8, 9, 10, 11, 12, 13].map((n) => `-${bodyOf(n)}-`));
  });
});

test("deliveries of a lost connection cannot be answered, and those that follow can", () => {
  const unanswered = new Unanswered(2);
  for (const partition of [0, 1, 1]) unanswered.push(partition);
  unanswered.take(0);
  unanswered.forget();
  expect([...unanswered.perPartition]).toEqual([0, 0]);
  expect([unanswered.take(1), unanswered.takeUpTo(2)]).toEqual([false, -1]);
  unanswered.push(1);
  expect([...unanswered.perPartition]).toEqual([0, 1]);
  expect([unanswered.take(2), unanswered.takeUpTo(3)]).toEqual([false, 3]);
  expect([...unanswered.perPartition]).toEqual([0, 0]);
});
