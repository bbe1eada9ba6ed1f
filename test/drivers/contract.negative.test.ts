import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import type { Deliveries, Driver } from "../../src/drivers/driver.ts";
import { memoryDriver } from "../../src/drivers/memory.ts";
import { BrokerError, UserError } from "../../src/model/errors.ts";
import { type Alteration, altered } from "../support/altered-driver.ts";
import { CONTRACT_CASES, type ContractTarget, runCase } from "./contract.ts";
import { cuttable } from "./cuttable-memory.ts";

/** What may be wrong with a driver, and the case that has to notice. */
interface Flaw extends Alteration {
  readonly what: string;
  readonly noticedBy: string;
  readonly target?: Partial<ContractTarget>;
}

const memory = () => memoryDriver({ url: "", mode: "queue", options: {} });

/** Every delivery goes through `change`, which says what of it is told. */
const messages =
  (change: (tell: Deliveries["message"], ...args: Parameters<Deliveries["message"]>) => void) =>
  (on: Deliveries): Deliveries => ({
    begin: () => on.begin(),
    end: () => on.end(),
    event: (kind, detail) => on.event(kind, detail),
    message: (...args) => change(on.message.bind(on), ...args),
  });

const unreachable = (connect: Driver["connect"], refused = false): Partial<ContractTarget> => {
  const driver = altered(memory(), { driver: () => ({ connect }) });
  return refused ? { makeRefused: () => ({ driver, secret: "s3cret" }) } : { makeUnreachable: () => driver };
};

const unreachableError = (message: string, code: string, hints: string[] = ["Start it."]) => async () => {
  throw new BrokerError(message, { code, hints });
};

const FLAWS: readonly Flaw[] = [
  {
    what: "tells credentials in its address",
    noticedBy: "tells versions, options",
    driver: (d) => ({ connect: async () => ({ ...(await d.connect()), address: "u:p@host:1" }) }),
  },
  {
    what: "claims copies for what nobody acknowledges",
    noticedBy: "tells versions, options",
    driver: (d) => ({
      connect: async () => ({
        ...(await d.connect()),
        durabilityClass: () => ({ copies: "one", flush: "memory" }),
      }),
    }),
  },
  {
    what: "does not drop",
    noticedBy: "makes and drops a stream",
    driver: () => ({ drop: async () => {} }),
  },
  {
    what: "accepts a stream that it should refuse",
    noticedBy: "refuses a stream that exists",
    driver: (d) => ({ create: (t) => d.create(t) }),
  },
  {
    what: "refuses a stream with another error",
    noticedBy: "refuses a stream that exists",
    driver: (d) => ({
      create: (t, o) =>
        d.create(t, o).catch(() => {
          throw new UserError(`no ${t.name}`, { code: "OTHER" });
        }),
    }),
  },
  {
    what: "throws when closed twice",
    noticedBy: "closes as often as asked",
    driver(d) {
      let closed = 0;
      return {
        close: async () => {
          if (closed++ > 0) throw new Error("closed already");
          await d.close();
        },
      };
    },
  },
  {
    what: "forgets what is in flight when the driver is closed",
    noticedBy: "closes as often as asked",
    outcomes: (on) => ({ ...on, settled: (l, f, n, o, c) => o !== "unknown" && on.settled(l, f, n, o, c) }),
  },
  {
    what: "leaves a server open",
    noticedBy: "leaves nothing behind",
    driver: (d) => ({
      connect: async () => {
        LEAKS.push(createServer().listen(0, "127.0.0.1"));
        return d.connect();
      },
    }),
  },
  {
    what: "never comes back from closing while the broker is silent",
    noticedBy: "closes within a bounded time",
    target: { route: () => cuttable(memory(), { hangsOnClose: true }) },
  },
  {
    what: "calls an unreachable broker something else",
    noticedBy: "says within a bounded time",
    target: unreachable(unreachableError("no broker", "OTHER")),
  },
  {
    what: "gives no hint about an unreachable broker",
    noticedBy: "says within a bounded time",
    target: unreachable(unreachableError("no broker", "BROKER_UNREACHABLE", [])),
  },
  {
    what: "tells the secret",
    noticedBy: "says that a broker refuses it",
    target: unreachable(unreachableError("user u with s3cret is refused", "BROKER_REFUSED"), true),
  },
  {
    what: "corrupts one bit of a large body",
    noticedBy: "carries bodies",
    deliveries: messages((tell, bytes, start, end, ...rest) => {
      const copy = Buffer.from(bytes.subarray(start, end));
      if (copy.length > 100_000) copy[70_001]! ^= 4;
      tell(copy, 0, copy.length, ...rest);
    }),
  },
  {
    what: "mixes up bodies that are in flight together",
    noticedBy: "keeps bodies apart",
    deliveries(on) {
      let before = Buffer.alloc(0);
      return messages((tell, bytes, start, end, tag, ...rest) => {
        const copy = Buffer.from(bytes.subarray(start, end));
        const told = tag === 200 ? before : copy;
        before = copy;
        tell(told, 0, told.length, tag, ...rest);
      })(on);
    },
  },
  {
    what: "calls an acknowledged message unknown",
    noticedBy: "settles every message as acked",
    outcomes: (on) => ({ ...on, settled: (l, f, n) => on.settled(l, f, n, "unknown", "X") }),
  },
  {
    what: "settles a message twice",
    noticedBy: "settles every message as acked",
    outcomes: (on) => ({
      ...on,
      settled(l, f, n, o, c) {
        on.settled(l, f, n, o, c);
        on.settledList(l, [f], o, c);
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
    what: "calls unasked messages acked",
    noticedBy: "settles every message as unasked",
    outcomes: (on) => ({ ...on, settled: (l, f, n) => on.settled(l, f, n, "acked") }),
  },
  {
    what: "calls a certain failure acked",
    noticedBy: "settles as failed",
    outcomes: (on) => ({ ...on, settled: (l, f, n) => on.settled(l, f, n, "acked") }),
  },
  {
    what: "gives no code for a failure",
    noticedBy: "settles as failed",
    outcomes: (on) => ({ ...on, settled: (l, f, n, o) => on.settled(l, f, n, o) }),
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
    outcomes: (on) => ({ ...on, settled: (l, f, n, o, c) => o !== "unknown" && on.settled(l, f, n, o, c) }),
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
    what: "swaps two messages",
    noticedBy: "delivers each lane in the order",
    deliveries(on) {
      let held: Parameters<Deliveries["message"]> | undefined;
      return messages((tell, bytes, start, end, tag, ...rest) => {
        const own: typeof held = [Buffer.from(bytes.subarray(start, end)), 0, end - start, tag, ...rest];
        if (rest[0] !== 1) return tell(...own);
        if (own[0].readUInt32LE(12) === 30 && own[0].readUInt32LE(8) === 1) {
          held = own;
          tell(own[0], 0, own[2], tag, ...rest);
        } else tell(...own);
        if (held && held !== own) held = undefined;
      })(on);
    },
  },
];

const LEAKS: { close(): void }[] = [];

describe("the contract suite", () => {
  test.each(FLAWS)("notices a driver that $what", async ({ noticedBy, target, what: _, ...alteration }) => {
    const [one, ...more] = CONTRACT_CASES.filter((c) => c.title.startsWith(noticedBy));
    expect(more).toEqual([]);
    await expect(
      runCase(
        { name: "flawed", make: () => altered(memory(), alteration), patienceMs: 300, ...target },
        one!,
      ),
    ).rejects.toThrow();
    for (const leak of LEAKS.splice(0)) leak.close();
  });
});
