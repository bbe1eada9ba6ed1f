import { assess } from "../../src/advisor/assess.ts";
import { type Base, withAssumptions } from "../../src/advisor/base.ts";
import type { Answers } from "../../src/advisor/condition.ts";
import { decide, EITHER } from "../../src/advisor/decide.ts";

/** A question, and options of it that push more and more to one side. */
export type Ladder = readonly [question: string, ...options: readonly string[]];

/** Up these a log may only gain on a queue: history, readers, volume, order. */
export const TO_LOGS: readonly Ladder[] = [
  ["replay", "no", "nice", "must"],
  ["keep", "consume", "days", "long"],
  ["changelog", "no", "yes"],
  ["readers", "one", "few", "many"],
  ["rate", "1k", "10k", "50k", "500k", "1m"],
  ["backlog", "low", "millions"],
  ["order", "none", "key"],
  ["guarantee", "alo", "eos"],
  ["processing", "no", "yes"],
  ["cdc", "no", "yes"],
];

/** Up these a queue may only gain on a log: jobs, each with a fate of its own. */
export const TO_QUEUES: readonly Ladder[] = [
  ["priority", "no", "nice", "must"],
  ["delay", "no", "retry", "schedule"],
  ["work", "fast", "mixed", "long"],
  ["ack", "any", "each"],
  ["elastic", "no", "yes"],
  ["routing", "none", "topic", "pattern"],
];

/**
 * Up these the verdict may only move to the product. What pushes to logs or queues is not among them: since each
 * product has both, such an answer can move the verdict from the one's queue to the other's log.
 */
export const TO_PRODUCTS: Readonly<Record<string, readonly Ladder[]>> = {
  kafka: [
    ["changelog", "no", "yes"],
    ["processing", "no", "yes"],
    ["cdc", "no", "yes"],
    ["regions", "one", "dr", "active"],
    ["have", "none", "kafka"],
    ["protocol", "any", "kafka"],
    ["client", "other", "java"],
    ["kafka-version", "3.0", "4.0", "4.2"],
  ],
  rabbitmq: [
    ["priority", "no", "nice", "must"],
    ["routing", "none", "topic", "pattern"],
    ["queues", "few", "thousands"],
    ["size", "small", "mid"],
    ["ops", "platform", "medium", "small"],
    ["have", "none", "rabbit"],
    ["os", "linux", "windows"],
    ["cloud", "any", "aws_open"],
    ["protocol", "any", "amqp"],
    ["protocol", "any", "stomp"],
    ["protocol", "any", "mqtt"],
    ["rabbitmq-version", "3.13", "4.0", "4.3"],
  ],
};

const LOGS = ["kafka:log"];
const QUEUES = ["rabbitmq:quorum", "rabbitmq:classic"];

/** Steps of these ladders on which one kind of mode loses ground to the other; none where the law holds. */
export function stepsBack(base: Base, answers: Answers): readonly string[] {
  return [
    ...TO_LOGS.flatMap((ladder) => scoreStepsBack(base, answers, ladder, LOGS, QUEUES)),
    ...TO_QUEUES.flatMap((ladder) => scoreStepsBack(base, answers, ladder, QUEUES, LOGS)),
    ...Object.entries(TO_PRODUCTS).flatMap(([product, ladders]) =>
      ladders.flatMap((ladder) => verdictStepsBack(base, answers, ladder, product)),
    ),
  ];
}

function scoreStepsBack(
  base: Base,
  answers: Answers,
  [question, ...options]: Ladder,
  winners: readonly string[],
  losers: readonly string[],
): readonly string[] {
  // Within 10 ms the rate decides for a queue where it is low and for a log where it is high: two questions at once.
  if (question === "rate" && answers.get("latency") === "10ms") return [];
  const scores = options.map((option) => {
    const { modes } = assess(base, withAssumptions(base, new Map(answers).set(question, option)));
    return new Map(modes.map((m) => [m.mode.id, m.vetoes.length > 0 ? RULED_OUT : m.score]));
  });
  return steps(options).flatMap(([from, to, i]) =>
    winners.flatMap((winner) =>
      losers
        .filter((loser) => {
          const [before, after] = [scores[i]!, scores[i + 1]!];
          // What is ruled out anyway has nothing to lose.
          if (before.get(winner) === RULED_OUT || after.get(loser) === RULED_OUT) return false;
          return after.get(winner)! - after.get(loser)! < before.get(winner)! - before.get(loser)!;
        })
        .map((loser) => `${question} ${from} → ${to}: ${winner} loses ground to ${loser}`),
    ),
  );
}

function verdictStepsBack(
  base: Base,
  answers: Answers,
  [question, ...options]: Ladder,
  product: string,
): readonly string[] {
  const verdicts = options.map(
    (option) => decide(base, withAssumptions(base, new Map(answers).set(question, option))).verdict,
  );
  const rank = (verdict: string) =>
    verdict === product ? 2 : verdict === EITHER ? 1 : base.products.includes(verdict) ? 0 : undefined;
  return steps(options)
    .filter(([, , i]) => (rank(verdicts[i + 1]!) ?? 2) < (rank(verdicts[i]!) ?? 0))
    .map(([from, to, i]) => `${question} ${from} → ${to}: ${verdicts[i]} becomes ${verdicts[i + 1]}`);
}

function steps(options: readonly string[]): readonly (readonly [string, string, number])[] {
  return options.slice(1).map((to, i) => [options[i]!, to, i] as const);
}

const RULED_OUT = Number.NEGATIVE_INFINITY;
