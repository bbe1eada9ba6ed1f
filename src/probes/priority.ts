import type { ProbeFact } from "../model/probe.ts";
import type { PriorityHands, PriorityTrial } from "./hands.ts";
import type { Found, Probe } from "./probe.ts";

/** Enough urgent ones that a quota shows between them. */
const JOB = { normal: 200, urgent: 6, workMs: 2 };

export const priority: Probe = {
  name: "priority",
  proof: "P20",
  sentence: "an urgent message overtakes a backlog of normal ones",
  does: "publishes 200 normal messages, then 6 urgent ones; one consumer then works on all; says where the urgent ones came",
  claims: ["001-083", "001-128", "001-129", "001-133", "001-134", "003-012"],
  expects: [
    { mode: "kafka:log", verdict: "refuted", source: "kafka-design" },
    { mode: "rabbitmq:stream", verdict: "refuted", source: "rabbitmq-streams" },
    { mode: "rabbitmq:classic", verdict: "supported", source: "rabbitmq-priority" },
    { mode: "rabbitmq:quorum", below: "4.0", verdict: "refuted", source: "rabbitmq-quorum" },
    // Two levels, of which the upper one gets two of three turns.
    { mode: "rabbitmq:quorum", from: "4.0", below: "4.3", verdict: "depends", source: "rabbitmq-quorum" },
    { mode: "rabbitmq:quorum", from: "4.3", verdict: "supported", source: "rabbitmq-4.3" },
  ],
  run: ({ priority: hands }) => hands && gather(hands).then(judgePriority),
};

function gather(hands: PriorityHands): Promise<readonly PriorityTrial[]> {
  return hands.trials(JOB);
}

/** Judges the first trial that the broker itself does; the others are facts. */
export function judgePriority(trials: readonly PriorityTrial[]): Found {
  const facts = trials.map(factOf);
  const main = trials.find((t) => !t.isEmulation);
  const urgent = main?.order.filter((m) => m.isUrgent).length ?? 0;
  const normal = (main?.order.length ?? 0) - urgent;
  if (main === undefined || urgent === 0 || normal === 0)
    return { verdict: "not-testable", because: "the urgent messages, or the backlog, never came", facts };
  const ahead = normalsAhead(main);
  const emulation = trials.some((t) => t.isEmulation)
    ? "; what overtakes here is the application, with a topic of its own"
    : "";
  if (ahead.every((n) => n === 0))
    return { verdict: "supported", because: `all urgent ones came first, with ${main.how}`, facts };
  if (ahead.every((n) => n === normal))
    return {
      verdict: "refuted",
      because: `all ${normal} that were there before came first: order of arrival is all there is${emulation}`,
      facts,
    };
  return {
    verdict: "depends",
    because: `they share the turns with the backlog: ${ahead.at(-1)} normal ones came before the last of ${urgent} urgent ones, with ${main.how}`,
    facts,
  };
}

/** Of each urgent message, in the order in which they came: how many normal ones came before it. */
export function normalsAhead({ order }: PriorityTrial): readonly number[] {
  let normals = 0;
  const ahead: number[] = [];
  for (const { isUrgent } of order)
    if (isUrgent) ahead.push(normals);
    else normals++;
  return ahead;
}

function factOf(trial: PriorityTrial): ProbeFact {
  const places = trial.order.flatMap(({ isUrgent }, i) => (isUrgent ? [i + 1] : []));
  const lastUrgent = trial.order.findLast((m) => m.isUrgent)?.waitedMs ?? 0;
  const all = trial.order.at(-1)?.waitedMs ?? 0;
  const where = places.length === 0 ? "none came" : `places ${listed(places)} of ${trial.order.length}`;
  return {
    name: trial.name,
    value: normalsAhead(trial).at(-1) ?? 0,
    text: `${trial.how}: ${where}; the last urgent one after ${Math.round(lastUrgent)} ms, everything after ${Math.round(all)} ms`,
  };
}

/** `1 2 4 5` or `201–206`. */
function listed(places: readonly number[]): string {
  const [first] = places;
  const isRun = places.every((p, i) => p === first! + i);
  return isRun && places.length > 2 ? `${first}–${places.at(-1)}` : places.join(" ");
}
