import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DriverFactory } from "../../src/drivers/driver.ts";
import { loadDriver, resolveTarget } from "../../src/drivers/registry.ts";
import { altered } from "./altered-driver.ts";

/** When messages were acknowledged and delivered, ns of CLOCK_MONOTONIC, one entry a message, in order. */
export interface Seen {
  readonly acked: number[];
  readonly delivered: number[];
}

/**
 * The target's own driver under the client name `witness`, as a module for `--driver`: it changes nothing and
 * keeps a second account of what happened when, by clock reads of its own. On closing it leaves that in the
 * folder `journal` of its options, a file for each process.
 */
export async function witnessOf(target: string) {
  const { system, mode, client } = resolveTarget(target);
  const make = await loadDriver({ system, mode, client });
  const factory: DriverFactory = (settings) => {
    const { journal, ...options } = settings.options;
    const seen: Seen = { acked: [], delivered: [] };
    return altered(make({ ...settings, options }), {
      outcomes: (on) => ({
        settled(lane, from, count, outcome, code) {
          if (outcome === "acked") for (let i = 0; i < count; i++) seen.acked.push(monotonicNs());
          on.settled(lane, from, count, outcome, code);
        },
        settledList: (lane, sequences, outcome, code) => on.settledList(lane, sequences, outcome, code),
        ready: () => on.ready(),
        event: (kind, detail) => on.event(kind, detail),
      }),
      deliveries: (on) => ({
        begin: () => on.begin(),
        message(...args) {
          seen.delivered.push(monotonicNs());
          on.message(...args);
        },
        end: () => on.end(),
        event: (kind, detail) => on.event(kind, detail),
      }),
      driver: (honest) => ({
        async close() {
          if (typeof journal === "string" && seen.acked.length + seen.delivered.length > 0)
            writeFileSync(join(journal, `${process.pid}.json`), JSON.stringify(seen));
          await honest.close();
        },
      }),
    });
  };
  return { system, mode, client: "witness", factory };
}

/** What the witnesses of all processes left in a folder. */
export function readJournal(folder: string): Seen {
  const seen: Seen = { acked: [], delivered: [] };
  for (const name of readdirSync(folder)) {
    const part = JSON.parse(readFileSync(join(folder, name), "utf8")) as Seen;
    seen.acked.push(...part.acked);
    seen.delivered.push(...part.delivered);
  }
  seen.acked.sort((a, b) => a - b);
  seen.delivered.sort((a, b) => a - b);
  return seen;
}

/** CLOCK_MONOTONIC in ns: the same in all processes of a host. */
export function monotonicNs(): number {
  const [s, ns] = process.hrtime();
  return s * 1e9 + ns;
}
