import { type Flaw, messages } from "./flaw.ts";

export const SHARING_FLAWS: readonly Flaw[] = [
  {
    what: "lets two subscriptions share",
    noticedBy: "gives every message to each subscription",
    consumerOptions: (o) => ({ ...o, subscription: o.subscription === "b" ? "a" : o.subscription }),
  },
  {
    what: "forgets what came before a subscription was read",
    noticedBy: "keeps messages for a subscription",
    deliveries: (on, { subscription }) =>
      messages((tell, ...message) => {
        if (subscription !== "late") tell(...message);
      })(on),
  },
  {
    what: "gives everything to the first consumer",
    noticedBy: "gives each message to one of the consumers",
    consumerOptions: (o) => ({ ...o, prefetch: o.index === 0 ? 100 : o.prefetch }),
  },
  {
    what: "gives messages to both consumers",
    noticedBy: "gives each message to one of the consumers",
    deliveries: (on) => {
      let doubled = 0;
      return messages((tell, bytes, start, end, tag, ...rest) => {
        tell(bytes, start, end, tag + doubled, ...rest);
        if (tag === 4) tell(bytes, start, end, tag + ++doubled, ...rest);
      })(on);
    },
  },
  {
    what: "keeps what a consumer left behind",
    noticedBy: "gives the unanswered messages of a consumer",
    consumer: (c) => ({
      async close() {
        c.answer(4, "ack", true);
        await c.close();
      },
    }),
  },
  {
    what: "reads the partitions of others",
    noticedBy: "gives each exclusive consumer its own",
    consumerOptions: (o) => ({ ...o, partitions: [0, 1, 2] }),
  },
];
