import type { Driver, Reread } from "../../../src/drivers/driver.ts";
import type { Flaw } from "./flaw.ts";

type Told = Parameters<Reread["record"]>;

/** A driver that tells each record in its own way; it is told how many came before. */
const telling =
  (change: (tell: Reread["record"], n: number, ...told: Told) => void) =>
  (d: Driver): Partial<Driver> => ({
    async reread(options, on) {
      let n = 0;
      await d.reread?.(options, {
        record: (...told) => change(on.record.bind(on), n++, ...told),
      });
    },
  });

export const REREADING_FLAWS: readonly Flaw[] = [
  {
    what: "leaves a record out when it reads again",
    noticedBy: "reads again what the broker has",
    driver: telling((tell, n, ...told) => {
      if (n !== 7) tell(...told);
    }),
  },
  {
    what: "tells a record twice",
    noticedBy: "reads again what the broker has",
    driver: telling((tell, n, ...told) => {
      tell(...told);
      if (n === 7) tell(...told);
    }),
  },
  {
    what: "tells the records of one partition as another's",
    noticedBy: "reads again what the broker has",
    driver: telling((tell, n, bytes, start, end, subscription, partition, offset) =>
      tell(bytes, start, end, subscription, n === 7 ? 1 - partition : partition, offset),
    ),
  },
  {
    what: "damages a record",
    noticedBy: "reads again what the broker has",
    driver: telling((tell, n, bytes, start, ...rest) => tell(bytes, n === 7 ? start + 1 : start, ...rest)),
  },
  {
    what: "empties a log by reading it",
    noticedBy: "gives the same again",
    driver(d) {
      let reads = 0;
      return {
        async reread(options, on) {
          if (reads++ === 0) await d.reread?.(options, on);
        },
      };
    },
  },
  {
    what: "goes on reading when it is told to stop",
    noticedBy: "stops to read again",
    driver: (d) => ({
      reread: async ({ topology }, on) =>
        await d.reread?.({ topology, signal: new AbortController().signal }, on),
    }),
  },
];
