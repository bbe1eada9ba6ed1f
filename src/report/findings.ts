import type { Finding, FindingCode } from "../model/result.ts";
import { formatCount } from "../model/units.ts";

/** What each finding says about its messages: `3 messages <these words>`. */
const WORDS: Readonly<Record<FindingCode, string>> = {
  LOST: "were acknowledged by the broker and never arrived, though it was seen empty: lost",
  MISSING: "had no acknowledgement and did not arrive: nothing was promised for them",
  UNDELIVERED: "were acknowledged but had not arrived when the drain's time was up: no verdict on loss",
  COPIED: "arrived as a copy: the broker had stored the same message more than once",
  REDELIVERED: "arrived again: one stored message, delivered more than once",
  REORDERED: "arrived after a later one of the same producer and partition",
  CORRUPT: "arrived with content that was not sent",
  FOREIGN: "arrived that this run did not send: something else writes to the stream",
  PHANTOM: "arrived though their publishing was reported as failed",
  RECOVERED: "arrived though it was unknown whether publishing them had worked",
  UNEXPECTED: "arrived with a sequence number that was never sent",
  LOST_BY_BROKER:
    "of those that are lost are not in the log any more: the broker has dropped or deleted them",
  NOT_IN_QUEUE:
    "of those that are lost are in no queue any more: the broker dropped them, or somebody acknowledged and did not handle them",
  SKIPPED: "that the subscription lacks are still in the broker: it was the consumer that did not take them",
  LOG_COPIED: "are in the log more than once: more records than messages",
  LOG_REORDERED: "are in the log behind a later one of the same producer and partition: the producer's side",
  LATE_BY_REDELIVERY:
    "came after a later one because they were delivered again: outside of what a queue promises",
  PROCESSED_LATE:
    "were done after a later one of the same producer and partition, by another consumer or the same",
  KEY_LATE: "were done after a later one of the same key",
  KEY_SPLIT: "were in more than one partition, and nothing puts these in order",
  LEDGER_OPEN:
    "sums do not add up: some messages are not accounted for, so no count of this run can be relied on",
  PUBLISH_FAILED: "were refused: certainly stored by no attempt",
  NEVER_STEADY: "that never settled in the measure phase: what was measured is a passing state",
  ABORTED: "were sent in transactions that were aborted: a reader of what is committed sees none of them",
  ABORTED_READ: "arrived though their transaction was aborted: whoever acts on them acts on what never was",
  TORN: "arrived in part: some of its messages were processed, and others were not",
  DUPLICATE_EFFECT: "came of a message whose effect was there already",
  MISSING_EFFECT: "were processed and have no effect in the database",
  PUBLISH_UNKNOWN: "have an unknown outcome: the connection or the answer was lost, they may be stored",
};

/** These count something else than messages. */
const NOUNS: Partial<Record<FindingCode, readonly [string, string]>> = {
  LEDGER_OPEN: ["set of", "sets of"],
  NEVER_STEADY: ["series", "series"],
  TORN: ["transaction", "transactions"],
  KEY_SPLIT: ["key", "keys"],
  DUPLICATE_EFFECT: ["effect", "effects"],
};

/** A finding as a sentence: `LOST: 3 messages (sub-0) were …; first: producer 0, partition 2, number 17`. */
export function findingText(f: Finding): string {
  const [one, many] = NOUNS[f.code] ?? ["message", "messages"];
  const where = f.subscription === undefined ? "" : ` (${f.subscription})`;
  const first = f.examples[0];
  const example =
    first === undefined
      ? ""
      : `; the first: producer ${first.producer}, partition ${first.partition}, number ${first.sequence}`;
  return `${f.code}: ${formatCount(f.count)} ${f.count === 1 ? one : many}${where} ${WORDS[f.code]}${example}${amongText(f)}`;
}

/** `confirmed and lost: 3 of 5`: whether from the first lost message on all were lost, or some. */
function amongText({ count, among }: Finding): string {
  return among === undefined
    ? ""
    : `; confirmed and lost: ${formatCount(count)} of ${formatCount(among)} from that one on`;
}

/** The worst first, and what is only information last. */
export function bySeverity(findings: readonly Finding[]): readonly Finding[] {
  const rank = { fail: 0, warn: 1, info: 2 };
  return [...findings].sort((a, b) => rank[a.severity] - rank[b.severity]);
}
