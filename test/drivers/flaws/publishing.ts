import type { Deliveries } from "../../../src/drivers/driver.ts";
import { cuttable } from "./cuttable-memory.ts";
import { type Flaw, kept, messages, settlements } from "./flaw.ts";
import { memory } from "./life.ts";

const forgetful = settlements((tell, lane, from, count, outcome, code) => {
  if (outcome !== "unknown") tell(lane, from, count, outcome, code);
});
const everythingAcked = settlements((tell, lane, from, count) => tell(lane, from, count, "acked"));

export const PUBLISHING_FLAWS: readonly Flaw[] = [
  {
    what: "flips one bit of a large body",
    noticedBy: "carries bodies",
    deliveries: messages((tell, ...message) => {
      const [bytes, start, end, ...rest] = kept(message);
      if (bytes.length > 100_000) bytes[70_001]! ^= 4;
      tell(bytes, start, end, ...rest);
    }),
  },
  {
    what: "mixes up bodies that are in flight together",
    noticedBy: "keeps bodies apart",
    deliveries(on) {
      let before: Buffer = Buffer.alloc(0);
      return messages((tell, ...message) => {
        const [bytes, , , tag, ...rest] = kept(message);
        const told = tag === 200 ? before : bytes;
        before = bytes;
        tell(told, 0, told.length, tag, ...rest);
      })(on);
    },
  },
  {
    what: "calls an acknowledged message unknown",
    noticedBy: "settles every message as acked",
    outcomes: settlements((tell, lane, from, count) => tell(lane, from, count, "unknown", "X")),
  },
  {
    what: "settles a message twice",
    noticedBy: "settles every message as acked",
    outcomes: (on) => ({
      ...on,
      settled(lane, from, count, outcome, code) {
        on.settled(lane, from, count, outcome, code);
        on.settledList(lane, [from], outcome, code);
      },
    }),
  },
  {
    what: "loses a delivery",
    noticedBy: "settles every message as acked",
    deliveries(on) {
      let lost = 0;
      return messages((tell, bytes, start, end, tag, ...rest) => {
        if (tag === 250) lost = 1;
        else tell(bytes, start, end, tag - lost, ...rest);
      })(on);
    },
  },
  {
    what: "delivers a message twice",
    noticedBy: "settles every message as acked",
    deliveries(on) {
      let more = 0;
      return messages((tell, bytes, start, end, tag, ...rest) => {
        tell(bytes, start, end, tag + more, ...rest);
        if (tag === 250) tell(bytes, start, end, tag + ++more, ...rest);
      })(on);
    },
  },
  {
    what: "calls unasked messages acked",
    noticedBy: "settles every message as unasked",
    outcomes: everythingAcked,
  },
  {
    what: "calls a certain failure acked",
    noticedBy: "settles as failed",
    outcomes: everythingAcked,
  },
  {
    what: "gives no code for a failure",
    noticedBy: "settles as failed",
    outcomes: settlements((tell, lane, from, count, outcome) => tell(lane, from, count, outcome)),
  },
  {
    what: "calls it a failure when the connection is cut",
    noticedBy: "settles as unknown",
    target: { route: () => cuttable(memory(), { cutOutcome: "failed" }) },
  },
  {
    what: "tells nobody of the cut",
    noticedBy: "settles as unknown",
    target: { route: () => cuttable(memory(), { silent: true }) },
  },
  {
    what: "forgets what is in flight when a producer is closed",
    noticedBy: "settles every message exactly once",
    outcomes: forgetful,
  },
  {
    what: "takes more than may be in flight",
    noticedBy: "never has more in flight",
    producerOptions: (o) => ({ ...o, maxInFlight: o.maxInFlight + 1 }),
  },
  {
    what: "never says that there is room again",
    noticedBy: "never has more in flight",
    outcomes: (on) => ({ ...on, ready: () => {} }),
  },
  {
    what: "takes what it was not offered",
    noticedBy: "takes no more than it is offered",
    producer: (p) => ({ offer: (source, max) => p.offer(source, max + 1) }),
  },
  {
    what: "comes back from flush() too early",
    noticedBy: "takes no more than it is offered",
    producer: () => ({ flush: async () => {} }),
  },
  {
    what: "swaps two messages of a lane",
    noticedBy: "delivers each lane in the order",
    deliveries(on) {
      let held: Parameters<Deliveries["message"]> | undefined;
      return messages((tell, ...message) => {
        if (message[3] === 50) held = kept(message);
        else if (held) {
          tell(message[0], message[1], message[2], 50, message[4], -1, 0);
          tell(held[0], held[1], held[2], 51, held[4], -1, 0);
          held = undefined;
        } else tell(...message);
      })(on);
    },
  },
  {
    what: "tells the wrong partition",
    noticedBy: "delivers each lane in the order",
    deliveries: messages((tell, bytes, start, end, tag, partition, ...rest) =>
      tell(bytes, start, end, tag, (partition + 1) % 3, ...rest),
    ),
  },
];
