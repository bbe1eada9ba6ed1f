import { cuttable } from "./cuttable-memory.ts";
import { type Flaw, messages } from "./flaw.ts";
import { memory } from "./life.ts";

export const CONSUMING_FLAWS: readonly Flaw[] = [
  {
    what: "marks first deliveries as repeats",
    noticedBy: "says of a first delivery",
    deliveries: messages((tell, bytes, start, end, tag, partition, offset) =>
      tell(bytes, start, end, tag, partition, offset, 1),
    ),
  },
  {
    what: "invents offsets",
    noticedBy: "says of a first delivery",
    deliveries: messages((tell, bytes, start, end, tag, partition) =>
      tell(bytes, start, end, tag, partition, tag, 0),
    ),
  },
  {
    what: "counts tags from one",
    noticedBy: "says of a first delivery",
    deliveries: messages((tell, bytes, start, end, tag, ...rest) =>
      tell(bytes, start, end, tag + 1, ...rest),
    ),
  },
  {
    what: "delivers outside of a batch",
    noticedBy: "says of a first delivery",
    deliveries: (on) => ({ ...messages((tell, ...message) => tell(...message))(on), begin: () => {} }),
  },
  {
    what: "ignores single acknowledgements",
    noticedBy: "does not deliver again what was acknowledged one by one",
    consumer: (c) => ({ answer: (tag, answer, upTo) => upTo && c.answer(tag, answer, upTo) }),
  },
  {
    what: "takes an acknowledgement up to a tag for a single one",
    noticedBy: "does not deliver again what was acknowledged up to a tag",
    consumer: (c) => ({ answer: (tag, answer) => c.answer(tag, answer, false) }),
  },
  {
    what: "does not acknowledge automatically",
    noticedBy: "does not deliver again what was acknowledged by being delivered",
    consumerOptions: (o) => ({ ...o, acknowledge: "manual" }),
  },
  {
    what: "acknowledges what nobody answered",
    noticedBy: "delivers again, and says so, what a consumer left",
    consumer: (c) => ({
      async close() {
        c.answer(9, "ack", true);
        await c.close();
      },
    }),
  },
  {
    what: "does not say that it is a repeat",
    noticedBy: "delivers again, and says so, what a consumer left",
    deliveries: messages((tell, bytes, start, end, tag, partition, offset) =>
      tell(bytes, start, end, tag, partition, offset, 0),
    ),
  },
  {
    what: "acknowledges what was unanswered at a cut",
    noticedBy: "delivers again what a consumer left unanswered when its connection was cut",
    target: { route: () => cuttable(memory(), { acksOnCut: true }) },
  },
  {
    what: "takes a requeue for an acknowledgement",
    noticedBy: "delivers again, and says so, what was requeued",
    consumer: (c) => ({
      answer: (tag, answer, upTo) => c.answer(tag, answer === "requeue" ? "ack" : answer, upTo),
    }),
  },
  {
    what: "requeues more than was asked for",
    noticedBy: "delivers again, and says so, what was requeued",
    consumer: (c) => ({ answer: (tag, answer) => c.answer(tag, answer, answer === "requeue") }),
  },
  {
    what: "takes a rejection for a requeue",
    noticedBy: "never delivers again what was rejected",
    consumer: (c) => ({
      answer: (tag, answer, upTo) => c.answer(tag, answer === "reject" ? "requeue" : answer, upTo),
    }),
  },
  {
    what: "delivers beyond the prefetch",
    noticedBy: "has no more unanswered deliveries",
    consumerOptions: (o) => ({ ...o, prefetch: o.prefetch + 1 }),
  },
  {
    what: "claims that nothing waits",
    noticedBy: "tells how much waits",
    driver: (d) => ({ depth: async (t) => (await d.depth!(t)).map((one) => ({ ...one, messages: 0 })) }),
  },
  {
    what: "leaves out what is delivered but unacknowledged",
    noticedBy: "tells how much waits",
    driver: (d) => ({
      depth: async (t) =>
        (await d.depth!(t)).map((one) => (one.subscription === "a" ? { ...one, messages: 0 } : one)),
    }),
  },
  {
    what: "leaves out a partition",
    noticedBy: "tells how much waits",
    driver: (d) => ({ depth: async (t) => (await d.depth!(t)).filter((one) => one.partition === 1) }),
  },
];
