import type { ProbeFact } from "../model/probe.ts";
import type { Crew, Hoarded, ScaleHands, Work } from "./hands.ts";
import type { Found, Probe } from "./probe.ts";
import { promised, until } from "./waiting.ts";

/** Workers at the same time, stage by stage. The last is one more than Kafka's topic has partitions. */
const STAGES = [1, 2, 4, 5];
/** What a worker needs for a message: long enough for the broker and this process to keep up with five. */
const WORK_MS = 8;
/** Messages of a stage for each of its workers, at least. */
const EACH = 30;
/** So many times as many, and who has got nothing by then will get nothing. */
const PATIENCE = 10;
/** What waits at first; more is published when half of it is left, so that nobody is idle for want of work. */
const BACKLOG = 2000;
/** Begins each body; its number follows. */
const JOB = "job ";
/** To fill an unlimited worker with. */
const HOARD = 200;

export const scale: Probe = {
  name: "scale",
  proof: "P11",
  sentence: "every consumer that joins takes its share of the work",
  does: "1, 2, 4, then 5 consumers, joining while they work, each with 8 ms for a message; counts who got something",
  claims: [
    ...["001-036", "001-037", "001-043", "001-047", "001-048", "001-050", "003-001", "003-013"],
    ...["004-020", "004-026", "004-044"],
  ],
  expects: [
    { mode: "kafka:log", verdict: "depends", source: "kafka-design" },
    { mode: "rabbitmq:quorum", verdict: "supported", source: "rabbitmq-ordering" },
    { mode: "rabbitmq:classic", verdict: "supported", source: "rabbitmq-ordering" },
    { mode: "rabbitmq:stream", verdict: "refuted", source: "rabbitmq-streams" },
  ],
  run: ({ scale: hands }, { signal }) => hands && gather(hands, signal).then(judgeScale),
};

export interface Stage {
  /** Of each worker: messages that it was done with. */
  readonly shares: readonly number[];
  readonly spanMs: number;
  /** What all workers together spent on messages. */
  readonly busyMs: number;
  /** When its last worker joined: the longest time in which nobody was done with a message. */
  readonly pauseMs: number;
}

export interface ScaleEvidence {
  readonly sharing: string;
  readonly partitions?: number;
  readonly stages: readonly Stage[];
  /** Of the messages that somebody worked on: how many there are, and how many of them two or more workers had. */
  readonly seen: number;
  readonly seenByMany: number;
  readonly hoarded?: Hoarded;
}

async function gather(hands: ScaleHands, signal: AbortSignal): Promise<ScaleEvidence> {
  const work = createWorkplace(hands, signal);
  await work.fill();
  const stages: Stage[] = [];
  let joined = 0;
  for (const workers of STAGES) {
    const joinedMs = performance.now();
    for (; joined < workers; joined++) await hands.join(WORK_MS, work.crew);
    const stage = await until(signal, work.stage(workers));
    stages.push({ ...stage, pauseMs: work.longestPauseMs(joinedMs) });
  }
  const { seen, seenByMany } = work.sights();
  const hoarded = await hands.hoard?.(HOARD);
  return {
    sharing: hands.sharing,
    ...(hands.partitions === undefined ? {} : { partitions: hands.partitions }),
    stages,
    seen,
    seenByMany,
    ...(hoarded === undefined ? {} : { hoarded }),
  };
}

/** A stage under way. */
interface Counting {
  shares: number[];
  busyMs: number;
  /** When the first message since its beginning was done. */
  beganMs: number | undefined;
  end(stage: Omit<Stage, "pauseMs">): void;
}

/** Counts what is done, and sees to it that there is enough to do. */
function createWorkplace(hands: ScaleHands, signal: AbortSignal) {
  const workersOf = new Map<string, Set<number>>();
  const doneMs: number[] = [];
  const parts = hands.partitions ?? 1;
  /** Of each partition: messages are dealt out to them in turn, and not read in turn. */
  const doneOf = Array.from({ length: parts }, () => new Set<string>());
  let published = 0;
  let filling: Promise<void> | undefined;
  const failed = promised<never>();
  failed.promise.catch(() => {});
  let current: Counting | undefined;

  const fill = async (): Promise<void> => {
    const bodies = Array.from({ length: BACKLOG }, (_, i) => `${JOB}${published + i}`);
    published += BACKLOG;
    await hands.fill(bodies);
  };

  const isShort = (): boolean => doneOf.some((own) => published - own.size * parts < BACKLOG / 2);

  const done = ({ worker, body, beganMs, atMs, isOwn }: Work): void => {
    const workers = workersOf.get(body) ?? new Set();
    workersOf.set(body, workers.add(worker));
    doneMs.push(atMs);
    doneOf[Number(body.slice(JOB.length)) % parts]!.add(body);
    if (isShort() && filling === undefined && !signal.aborted)
      filling = fill().then(() => {
        filling = undefined;
      }, failed.reject);
    // What a worker finishes of a share that it gave up tells nothing of how the work is shared now.
    if (current === undefined || !isOwn) return;
    // The first one took part of its time from before.
    if (current.beganMs === undefined) {
      current.beganMs = atMs;
      return;
    }
    current.shares[worker]!++;
    current.busyMs += atMs - Math.max(beganMs, current.beganMs);
    if (isOver(current.shares, hands.partitions))
      current.end({ shares: current.shares, spanMs: atMs - current.beganMs, busyMs: current.busyMs });
  };

  /** A stage counts under one way of sharing only: it begins anew. */
  const moved = (): void => {
    if (current)
      Object.assign(current, { shares: current.shares.map(() => 0), busyMs: 0, beganMs: undefined });
  };

  return {
    fill,
    crew: { done, moved } satisfies Crew,
    async stage(workers: number): Promise<Omit<Stage, "pauseMs">> {
      const ended = promised<Omit<Stage, "pauseMs">>();
      current = { shares: Array(workers).fill(0), busyMs: 0, beganMs: undefined, end: ended.resolve };
      const stage = await Promise.race([ended.promise, failed.promise]);
      current = undefined;
      return stage;
    },
    longestPauseMs(sinceMs: number): number {
      const at = doneMs.filter((ms) => ms >= sinceMs);
      return at.slice(1).reduce((most, ms, i) => Math.max(most, ms - at[i]!), 0);
    },
    sights: () => ({
      seen: workersOf.size,
      seenByMany: [...workersOf.values()].filter((workers) => workers.size > 1).length,
    }),
  };
}

/**
 * A stage is over when there was enough for everybody, and either nobody who could work is without any, or there was
 * so much that it cannot be for want of time.
 */
export function isOver(shares: readonly number[], partitions = Number.POSITIVE_INFINITY): boolean {
  const enough = EACH * shares.length;
  const total = sum(shares);
  const idle = shares.filter((n) => n === 0).length;
  const isSettled = idle <= Math.max(0, shares.length - partitions);
  return total >= enough && (isSettled || total >= PATIENCE * enough);
}

/** Of what several workers had: more than this part, and it is no hand-over but how it works. */
const SHARED_BY_ALL = 0.5;

export function judgeScale(e: ScaleEvidence): Found {
  const facts = factsOf(e);
  const { partitions } = e;
  const idle = e.stages.map(idleOf);
  const last = e.stages.at(-1)!.shares.length;
  if (e.seenByMany > SHARED_BY_ALL * e.seen)
    return {
      verdict: "refuted",
      because: `every consumer gets every message: ${e.seenByMany} of ${e.seen} were worked on more than once`,
      facts,
    };
  if (idle.every((n) => n === 0))
    return { verdict: "supported", because: `of 1 to ${last} consumers none was idle`, facts };
  const byPartitions = e.stages.map((s) =>
    Math.max(0, s.shares.length - (partitions ?? Number.POSITIVE_INFINITY)),
  );
  if (idle.every((n, i) => n === byPartitions[i]))
    return {
      verdict: "depends",
      because: `only up to the number of partitions: of ${last} consumers on ${partitions} partitions ${idle.at(-1)} got nothing`,
      facts,
    };
  const at = idle.findIndex((n, i) => n !== byPartitions[i]);
  return {
    verdict: "refuted",
    because: `of ${e.stages[at]!.shares.length} consumers ${idle[at]} got nothing, though there was work`,
    facts,
  };
}

function idleOf({ shares }: Stage): number {
  return shares.filter((n) => n === 0).length;
}

function factsOf(e: ScaleEvidence): readonly ProbeFact[] {
  const later = e.stages.slice(1);
  const counts = listed(later.map((s) => String(s.shares.length)));
  // Of ideal workers as many as there are. A busy machine makes a message and the stage longer alike.
  const atOnce = e.stages.map((s) => rounded(s.busyMs / s.spanMs));
  const fairness = later.map((s) => rounded((Math.max(...s.shares) * s.shares.length) / sum(s.shares)));
  const pauses = later.map((s) => Math.round(s.pauseMs));
  return [
    { name: "sharing", text: `shared by: ${e.sharing}` },
    ...later.map((stage) => {
      const n = stage.shares.length;
      const idle = idleOf(stage);
      return {
        name: `idleOf${n}`,
        value: idle,
        text: `${n} consumers: ${idle} idle; each did ${stage.shares.join(" ")}`,
      };
    }),
    {
      name: "speedUp",
      value: atOnce.at(-1)!,
      text: `speed-up, as messages in work at once: ${listed(atOnce)} with ${listed(e.stages.map((s) => s.shares.length))} consumers`,
    },
    {
      name: "maxOverMean",
      value: Math.max(...fairness),
      text: `the busiest of ${counts} did ${listed(fairness)} times the mean`,
    },
    {
      name: "longestPauseMs",
      value: Math.max(...pauses),
      text: `while they joined nobody was done with anything for at most ${listed(pauses)} ms`,
    },
    {
      name: "workedOnTwice",
      value: e.seenByMany,
      text: `worked on by more than one: ${e.seenByMany} of ${e.seen}`,
    },
    ...(e.hoarded === undefined ? [] : [hoardFact(e.hoarded)]),
  ];
}

function hoardFact({ first, left }: Hoarded): ProbeFact {
  const text = `without a prefetch limit the first took ${first} of ${first + left}, and left ${left} for the second`;
  return { name: "leftByUnlimited", value: left, text };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function listed(values: readonly (string | number)[]): string {
  return values.join(", ");
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
