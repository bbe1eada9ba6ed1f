import type { Consumer, Deliveries, Driver } from "../../../src/drivers/driver.ts";
import type { CutRoute } from "../contract.ts";

/** How the return is mishandled; nothing: it is handled well. */
export interface ReturnFlaw {
  readonly staysAway?: boolean;
  readonly losesUnknown?: boolean;
  readonly answersAnew?: boolean;
  readonly countsAnew?: boolean;
  readonly hidesRepeats?: boolean;
  readonly loses?: boolean;
}

/** The two ends of a connection that is cut, and of the next one. */
interface End {
  lose(): Promise<void>;
  back(): Promise<void>;
}

/** The memory driver as if there was a connection in between that can be held, cut and made again. */
export function returning(honest: Driver, flaw: ReturnFlaw = {}): CutRoute {
  const ends: End[] = [];
  const pending: (() => void)[] = [];
  let held = false;
  let cut = false;
  const settlePending = (): void => {
    for (const settle of pending.splice(0)) settle();
  };

  const driver: Driver = {
    ...honest,
    async producer(options, on) {
      let owed = false;
      const producer = await honest.producer(options, {
        ...on,
        settled(lane, from, count, outcome, code) {
          if (!held) on.settled(lane, from, count, outcome, code);
          else if (!flaw.losesUnknown) pending.push(() => on.settled(lane, from, count, "unknown", "CUT"));
        },
        ready() {
          if (cut) owed = true;
          else on.ready();
        },
      });
      ends.push({
        async lose() {
          // What is not served yet is lost as well.
          await producer.flush();
          settlePending();
          on.event("disconnected", "cut");
        },
        async back() {
          on.event("reconnected", "restored");
          if (owed) on.ready();
          owed = false;
        },
      });
      return {
        offer(source, max) {
          if (!cut) return producer.offer(source, max);
          owed = true;
          return 0;
        },
        flush: () => producer.flush(),
        async close() {
          await producer.close();
          settlePending();
        },
      };
    },
    async consumer(options, on) {
      let firstTag = 0;
      let next = 0;
      let isNew = true;
      const deliveries: Deliveries = {
        begin: () => on.begin(),
        end: () => on.end(),
        event: (kind, detail) => on.event(kind, detail),
        message(bytes, start, end, tag, partition, offset, redelivered) {
          next = firstTag + tag + 1;
          const told = flaw.countsAnew ? tag : firstTag + tag;
          // One that came after the cut is swallowed.
          if (flaw.loses && !isNew && redelivered === 0) return;
          on.message(bytes, start, end, told, partition, offset, flaw.hidesRepeats ? 0 : redelivered);
        },
      };
      let consumer: Consumer | undefined = await honest.consumer(options, deliveries);
      ends.push({
        async lose() {
          const lost = consumer;
          consumer = undefined;
          await lost?.close();
          firstTag = next;
          isNew = false;
          on.event("disconnected", "cut");
        },
        async back() {
          consumer = await honest.consumer(options, deliveries);
          on.event("reconnected", "restored");
        },
      });
      return {
        answer(tag, answer, upTo) {
          const own = flaw.answersAnew ? tag : tag - firstTag;
          if (own >= 0) consumer?.answer(own, answer, upTo);
        },
        async flush() {
          await consumer?.flush();
        },
        async close() {
          await consumer?.close();
        },
      };
    },
    async close() {
      await honest.close();
      settlePending();
    },
  };
  return {
    driver,
    hold() {
      held = true;
    },
    async cut() {
      held = true;
      cut = true;
      for (const end of ends) await end.lose();
    },
    async restore() {
      if (flaw.staysAway) return;
      held = false;
      cut = false;
      for (const end of ends) await end.back();
    },
    async close() {},
  };
}
