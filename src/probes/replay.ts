import { createHash } from "node:crypto";
import type { ProbeFact } from "../model/probe.ts";
import { createRandom } from "../model/random.ts";
import type { ReplayHands } from "./hands.ts";
import type { Found, Probe } from "./probe.ts";
import { pause } from "./waiting.ts";

/** Messages that are published before and after the time that is read from; as many again. */
const HALF = 500;

export const replay: Probe = {
  name: "replay",
  proof: "P07",
  sentence: "what was read and acknowledged can be read again: from the start, from a time, from the tail",
  does: "publishes 1000 messages, reads and acknowledges all, then reads again; compares counts and a hash of the content",
  claims: [
    ...["000-017", "000-018", "000-023", "001-033", "001-044", "001-066", "001-072", "001-111", "001-123"],
    ...["004-033", "004-038", "004-040", "004-091", "004-098"],
  ],
  expects: [
    { mode: "kafka:log", verdict: "supported", source: "kafka-design" },
    { mode: "rabbitmq:stream", verdict: "supported", source: "rabbitmq-streams" },
    { mode: "rabbitmq:quorum", verdict: "refuted", source: "rabbitmq-vs-kafka" },
    { mode: "rabbitmq:classic", verdict: "refuted", source: "rabbitmq-vs-kafka" },
  ],
  run: ({ replay: hands }, { signal }) => hands && gather(hands, signal).then(judgeReplay),
};

/** How many, and the SHA-256 of all of them in the order of their numbers. */
export interface Reading {
  readonly count: number;
  readonly hash: string;
}

export interface ReplayEvidence {
  readonly published: Reading;
  /** Of these, what was published after the time that is read from. */
  readonly afterTime: Reading;
  /** The first time. */
  readonly read: Reading;
  /** Attached once more, at the start where that can be named. */
  readonly again: Reading;
  /** Undefined where a reader cannot name a place. */
  readonly fromTime?: Reading;
  readonly fromTail?: Reading;
}

/** Bodies begin with their number, and no two are alike. */
function bodiesOf(from: number, count: number): readonly string[] {
  const random = createRandom(1, from);
  return Array.from({ length: count }, (_, i) => {
    const words = Array.from({ length: 8 }, () => Math.floor(random() * 2 ** 32).toString(36));
    return `${from + i} ${words.join(" ")}`;
  });
}

export function readingOf(bodies: readonly string[]): Reading {
  // Partitions have no order among each other.
  const sorted = [...bodies].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  return { count: bodies.length, hash: createHash("sha256").update(sorted.join("\n")).digest("hex") };
}

async function gather(hands: ReplayHands, signal: AbortSignal): Promise<ReplayEvidence> {
  const [before, after] = [bodiesOf(0, HALF), bodiesOf(HALF, HALF)];
  await hands.publish(before);
  // A time in whole seconds lies between the halves: AMQP 0-9-1 knows no finer one.
  const timeMs = (Math.floor(Date.now() / 1000) + 1) * 1000;
  while (Date.now() < timeMs && !signal.aborted) await pause(timeMs - Date.now() + 5, signal);
  await hands.publish(after);
  const read = await hands.readAndAcknowledge(2 * HALF);
  const evidence: ReplayEvidence = {
    published: readingOf([...before, ...after]),
    afterTime: readingOf(after),
    read: readingOf(read),
    again: readingOf(await hands.readAgain("start", "mark 1")),
  };
  if (!hands.hasPlaces) return evidence;
  const fromTime = readingOf(await hands.readAgain({ timeMs }, "mark 2"));
  const fromTail = readingOf(await hands.readAgain("tail", "mark 3"));
  return { ...evidence, fromTime, fromTail };
}

export function judgeReplay(e: ReplayEvidence): Found {
  const facts = factsOf(e);
  const { published, again, fromTime, fromTail } = e;
  if (!isSame(e.read, published))
    return {
      verdict: "not-testable",
      because: `only ${e.read.count} of ${published.count} messages came as they were the first time`,
      facts,
    };
  if (again.count === 0)
    return {
      verdict: "refuted",
      because: `an acknowledged message is gone: who attaches again gets 0 of ${published.count}`,
      facts,
    };
  if (fromTime === undefined || fromTail === undefined)
    return {
      verdict: "not-testable",
      because: `${again.count} of ${published.count} came again: the broker had not taken their acknowledgements`,
      facts,
    };
  const wrong = facts.find((f) => f.asExpected === false);
  if (wrong) return { verdict: "refuted", because: wrong.text, facts };
  return {
    verdict: "supported",
    because: `acknowledging only moves a position: all ${published.count} came again, with the same content`,
    facts,
  };
}

function factsOf({
  published,
  afterTime,
  read,
  again,
  fromTime,
  fromTail,
}: ReplayEvidence): readonly ProbeFact[] {
  return [
    {
      name: "read",
      value: read.count,
      text: `read and acknowledged: ${read.count} of ${published.count}`,
      asExpected: isSame(read, published),
    },
    fromTime === undefined
      ? {
          name: "again",
          value: again.count,
          text: `attached again: ${again.count} of ${published.count} came; what was published then came`,
        }
      : compared("fromStart", "from the start", again, published),
    ...(fromTime === undefined
      ? []
      : [compared("fromTime", "from the time half of them came", fromTime, afterTime)]),
    ...(fromTail === undefined ? [] : [compared("fromTail", "from the tail", fromTail, readingOf([]))]),
  ];
}

function compared(name: string, where: string, found: Reading, wanted: Reading): ProbeFact {
  const isRight = isSame(found, wanted);
  const content =
    isRight && found.count > 0
      ? ", same content"
      : !isRight && found.count === wanted.count
        ? ", other content"
        : "";
  const text = `read again ${where}: ${found.count} of ${wanted.count}${content}`;
  return { name, value: found.count, text, asExpected: isRight };
}

function isSame(a: Reading, b: Reading): boolean {
  return a.count === b.count && a.hash === b.hash;
}
