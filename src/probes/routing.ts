import type { ProbeFact } from "../model/probe.ts";
import { threeDigits } from "../model/units.ts";
import type { Broadcast, Routed, RoutingHands } from "./hands.ts";
import type { Found, Probe } from "./probe.ts";
import { type ExpectedRoute, ROUTING_TABLE, type RoutingCase } from "./routing-table.ts";

/** Bindings of one exchange whose cost is compared. */
const BINDINGS = [1, 100, 1000];
/** Messages for each of them. */
const COST_MESSAGES = 3000;
const KINDS = ["created", "paid", "shipped"];
const OF_EACH = 100;

export const routing: Probe = {
  name: "routing",
  proof: "P13",
  sentence: "the broker brings each message to those that want it, by its key or its headers",
  does: "a truth table of every kind of exchange, and what 1, 100, 1000 bindings cost; of a log: what a reader of one kind gets",
  claims: [
    ...[
      "001-051",
      "001-052",
      "001-053",
      "001-054",
      "001-055",
      "001-056",
      "001-057",
      "001-074",
      "001-084",
      "001-112",
    ],
    ...["002-008", "003-009", "003-020", "004-016", "004-018", "004-037", "004-060", "004-082", "004-099"],
  ],
  expects: [
    { mode: "kafka:log", verdict: "refuted", source: "kafka-design" },
    { mode: "rabbitmq:quorum", verdict: "supported", source: "rabbitmq-vs-kafka" },
    { mode: "rabbitmq:classic", verdict: "supported", source: "rabbitmq-vs-kafka" },
    { mode: "rabbitmq:stream", verdict: "supported", source: "rabbitmq-streams" },
  ],
  run: ({ routing: hands }) => hands && gather(hands).then(judgeRouting),
};

export interface RoutingEvidence {
  readonly cases?: readonly { readonly expected: RoutingCase; readonly found: readonly Routed[] }[];
  readonly costs?: readonly { readonly bindings: number; readonly perS: number }[];
  readonly broadcast?: Broadcast;
}

async function gather(hands: RoutingHands): Promise<RoutingEvidence> {
  const { table, costPerS, broadcast } = hands;
  const cases: { expected: RoutingCase; found: readonly Routed[] }[] = [];
  if (table) for (const expected of ROUTING_TABLE) cases.push({ expected, found: await table(expected) });
  const costs: { bindings: number; perS: number }[] = [];
  if (costPerS)
    for (const bindings of BINDINGS) costs.push({ bindings, perS: await costPerS(bindings, COST_MESSAGES) });
  return {
    ...(table && { cases }),
    ...(costPerS && { costs }),
    ...(broadcast && { broadcast: await broadcast(KINDS, KINDS[1]!, OF_EACH) }),
  };
}

export function judgeRouting(e: RoutingEvidence): Found {
  const facts = factsOf(e);
  if (e.broadcast) return judgeBroadcast(e.broadcast, facts);
  const wrong = (e.cases ?? []).flatMap(({ expected, found }) => mismatches(expected, found));
  const messages = (e.cases ?? []).reduce((n, { expected }) => n + expected.messages.length, 0);
  if (messages === 0) return { verdict: "not-testable", because: "nothing was routed", facts };
  if (wrong.length > 0) return { verdict: "refuted", because: wrong[0]!, facts };
  return {
    verdict: "supported",
    because: `all ${messages} messages came out where the truth table says, and nowhere else`,
    facts,
  };
}

function judgeBroadcast(b: Broadcast, facts: readonly ProbeFact[]): Found {
  if (b.kept === 0 || b.kept !== b.ownTopic)
    return {
      verdict: "not-testable",
      because: `of one kind ${b.kept} came through the common topic and ${b.ownTopic} through its own`,
      facts,
    };
  if (b.received === b.kept)
    return { verdict: "supported", because: `a reader that wants ${b.kept} got only these`, facts };
  return {
    verdict: "refuted",
    because: `a log does not route by content: who wants ${b.kept} of ${b.published} messages gets ${b.received} and filters, or has a topic for each kind`,
    facts,
  };
}

/** Each message of a case that came out elsewhere than it had to, as a sentence. */
function mismatches({ name, messages }: RoutingCase, found: readonly Routed[]): readonly string[] {
  return messages.flatMap((message, i) => {
    const { to, returned } = found[i] ?? { to: [], returned: false };
    const isRight =
      to.join(" ") === [...message.to].sort().join(" ") && returned === (message.returned ?? false);
    if (isRight) return [];
    return [
      `${name}: ${sent(message)} came out ${outcome(to, returned)}, not ${outcome(message.to, message.returned)}`,
    ];
  });
}

function sent({ key, headers, mandatory }: ExpectedRoute): string {
  const words = Object.entries(headers ?? {}).map(([name, value]) => `${name}=${value}`);
  return `"${[key, ...words].filter((w) => w !== "").join(" ")}"${mandatory ? " (mandatory)" : ""}`;
}

function outcome(to: readonly string[], returned = false): string {
  return returned ? "back at the sender" : to.length === 0 ? "nowhere" : `at ${to.join(", ")}`;
}

function factsOf({ cases = [], costs = [], broadcast }: RoutingEvidence): readonly ProbeFact[] {
  return [
    ...cases.map(({ expected, found }): ProbeFact => {
      const wrong = mismatches(expected, found);
      const total = expected.messages.length;
      const right = total - wrong.length;
      return {
        name: camel(expected.name),
        value: right,
        text: `${expected.name}: ${right} of ${total} as the table says${wrong.length > 0 ? `; ${wrong[0]}` : ""}`,
        asExpected: wrong.length === 0,
      };
    }),
    ...costs.map(({ bindings, perS }) => ({
      name: `perSWith${bindings}Bindings`,
      value: Math.round(perS),
      text: `with ${bindings} binding${bindings === 1 ? "" : "s"} of a topic exchange: ${threeDigits(perS / 1000)}k messages/s confirmed`,
    })),
    ...(broadcast === undefined
      ? []
      : [
          {
            name: "received",
            value: broadcast.received,
            text: `one topic of ${KINDS.length} kinds: a reader of one kind got ${broadcast.received} of ${broadcast.published}, and kept ${broadcast.kept}`,
          },
          {
            name: "ownTopic",
            value: broadcast.ownTopic,
            text: `a topic for each kind, chosen by the producer: it got ${broadcast.ownTopic}`,
          },
        ]),
  ];
}

/** `topic *` → `topicStar`, `fan-out` → `fanOut`. */
function camel(name: string): string {
  return name
    .replace("*", "star")
    .replace("#", "hash")
    .replace(/[ -]+(\w)/g, (_, letter: string) => letter.toUpperCase());
}
