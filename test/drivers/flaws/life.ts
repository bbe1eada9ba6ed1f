import { createServer } from "node:net";
import type { Driver } from "../../../src/drivers/driver.ts";
import { memoryDriver } from "../../../src/drivers/memory.ts";
import { BrokerError, UserError } from "../../../src/model/errors.ts";
import { altered } from "../../support/altered-driver.ts";
import type { ContractTarget } from "../contract.ts";
import { cuttable } from "./cuttable-memory.ts";
import { type Flaw, settlements } from "./flaw.ts";

export const memory = () => memoryDriver({ url: "", mode: "queue", options: {} });

/** What the flaws left open; whoever runs them closes it. */
export const LEAKS: { close(): void }[] = [];

/** Targets whose connecting fails with that error. */
export function failing(
  message: string,
  code: string,
  hints = ["Start it."],
): Required<Pick<ContractTarget, "makeUnreachable" | "makeRefused">> {
  const connect: Driver["connect"] = async () => {
    throw new BrokerError(message, { code, hints });
  };
  const driver = altered(memory(), { driver: () => ({ connect }) });
  return { makeUnreachable: () => driver, makeRefused: () => ({ driver, secret: "s3cret" }) };
}

export const LIFE_FLAWS: readonly Flaw[] = [
  {
    what: "tells credentials in its address",
    noticedBy: "tells versions, options",
    driver: (d) => ({ connect: async () => ({ ...(await d.connect()), address: "u:p@host:1" }) }),
  },
  {
    what: "claims copies of what nobody acknowledges",
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
      let closed = false;
      return {
        async close() {
          if (closed) throw new Error("closed already");
          closed = true;
          await d.close();
        },
      };
    },
  },
  {
    what: "forgets what is in flight when it is closed",
    noticedBy: "closes as often as asked",
    outcomes: settlements((tell, lane, from, count, outcome, code) => {
      if (outcome !== "unknown") tell(lane, from, count, outcome, code);
    }),
  },
  {
    what: "leaves a server open",
    noticedBy: "leaves nothing behind",
    driver: (d) => ({
      connect() {
        LEAKS.push(createServer().listen(0, "127.0.0.1"));
        return d.connect();
      },
    }),
  },
  {
    what: "leaves timers running",
    noticedBy: "leaves nothing behind",
    driver: (d) => ({
      connect() {
        // Three, since the test runner's own come and go.
        const timers = [1, 2, 3].map(() => setInterval(() => {}, 1000));
        for (const timer of timers) LEAKS.push({ close: () => clearInterval(timer) });
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
    target: failing("no broker", "OTHER"),
  },
  {
    what: "gives no hint about an unreachable broker",
    noticedBy: "says within a bounded time",
    target: failing("no broker", "BROKER_UNREACHABLE", []),
  },
  {
    what: "calls a refusal unreachable",
    noticedBy: "says that a broker refuses it",
    target: failing("no", "BROKER_UNREACHABLE"),
  },
  {
    what: "tells the secret",
    noticedBy: "says that a broker refuses it",
    target: failing("user u with s3cret is refused", "BROKER_REFUSED"),
  },
];
