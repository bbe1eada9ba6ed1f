import type { Driver, Outcome, Outcomes } from "../../../src/drivers/driver.ts";
import { altered } from "../../support/altered-driver.ts";
import type { CutRoute } from "../contract.ts";

/** How the cut is mishandled; nothing: it is handled well. */
export interface CutFlaw {
  readonly cutOutcome?: Outcome;
  readonly silent?: boolean;
  readonly acksOnCut?: boolean;
  readonly hangsOnClose?: boolean;
}

/** The memory driver as if there was a connection in between that can be held and cut. */
export async function cuttable(honest: Driver, flaw: CutFlaw = {}): Promise<CutRoute> {
  const { cutOutcome = "unknown", silent, acksOnCut, hangsOnClose } = flaw;
  let held = false;
  let cut = false;
  const pending: (() => void)[] = [];
  const told: (() => void)[] = [];
  const closes: (() => Promise<void>)[] = [];
  const loseAll = () => {
    for (const settle of pending.splice(0)) settle();
  };

  const outcomes = (on: Outcomes): Outcomes => ({
    ...on,
    settled(lane, from, count, outcome, code) {
      if (!held) return on.settled(lane, from, count, outcome, code);
      const settle = () => on.settled(lane, from, count, cutOutcome, "CUT");
      if (cut) settle();
      else pending.push(settle);
    },
  });
  const driver = altered(honest, {
    outcomes,
    driver: (d) => ({
      async close() {
        if (hangsOnClose && held) await new Promise(() => {});
        await d.close();
        loseAll();
      },
    }),
    producer(_, on) {
      told.push(() => on.event("broken", "cut"));
      return {};
    },
    consumer(consumer, on) {
      told.push(() => on.event("broken", "cut"));
      closes.push(async () => {
        if (acksOnCut) consumer.answer(9, "ack", true);
        await consumer.close();
      });
      return {};
    },
  });
  return {
    driver,
    hold() {
      held = true;
    },
    async cut() {
      held = true;
      cut = true;
      loseAll();
      for (const close of closes) await close();
      if (!silent) for (const tell of told) tell();
    },
    async close() {},
  };
}
