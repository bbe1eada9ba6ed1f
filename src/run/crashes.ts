import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { AgentInit, JournalInit } from "../load/protocol.ts";
import type { FaultPlan } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";
import type { RunResult } from "../model/result.ts";
import type { AgentProcess } from "./agent-process.ts";
import type { FaultLog } from "./fault-log.ts";
import { replayJournal } from "./journal-replay.ts";
import type { Tally } from "./tally.ts";

/** Knows which agents a plan kills, and what comes after them. */
export interface Crashes {
  /**
   * For the first agent of a side that a plan kills: the others live.
   * @returns undefined for an agent that will not be killed; it writes no journal
   */
  journalFor(seat: Pick<AgentInit, "name" | "producers" | "consumers">): JournalInit | undefined;
  /**
   * What comes after an agent that has died: its journal is read, and what it had not shipped goes into the tally.
   * @returns undefined where the plan has not killed it
   */
  after(agent: AgentProcess, tally: Tally): Successor | undefined;
  /** The new agent is ready. */
  back(successor: Successor, atNs: number): void;
  /** Removes the journals, unless somebody is to read them. */
  end(result: Pick<RunResult, "exit" | "findings">): Promise<void>;
}

/** A new agent in the place of one that was killed. */
export interface Successor {
  readonly fault: number;
  readonly afterMs: number;
  readonly init: AgentInit;
}

/** @param folder where journals are written; made when the first one is */
export function createCrashes(plan: Plan, folder: string, log: FaultLog): Crashes {
  const crashes = plan.faults.flatMap((fault, index) => (fault.kind === "crash" ? [{ fault, index }] : []));
  const taken = new Set<FaultPlan["side"]>();
  const armed = (side: FaultPlan["side"], after = -1): JournalInit["crashes"] =>
    crashes
      .filter(({ fault, index }) => fault.side === side && index > after)
      .map(({ fault: { point, atNs }, index }) => ({
        fault: index,
        point,
        atNs: plan.phases.warmupNs + atNs,
      }));
  const pathOf = (name: string): string => join(folder, `${name}.journal`);
  return {
    journalFor({ name, producers }) {
      const side = sideOf(producers);
      const list = armed(side);
      if (list.length === 0 || taken.has(side)) return undefined;
      taken.add(side);
      return { path: pathOf(name), crashes: list };
    },
    after({ name, init }, tally) {
      const { journal } = init;
      if (journal === undefined || !existsSync(journal.path)) return undefined;
      const { crash, inFlight, frames, tick, before } = replayJournal(
        readFileSync(journal.path),
        init,
        tally.newestTick(name),
      );
      tally.ended(name, frames, tick);
      if (crash === undefined) return undefined;
      const { fault, atNs } = crash;
      log.began(fault, atNs, { deeds: { killed: 1 }, inFlight });
      const next = incarnationAfter(name);
      return {
        fault,
        afterMs: (plan.faults[fault]?.forNs ?? 0) / 1e6,
        init: {
          ...init,
          name: next,
          journal: { path: pathOf(next), crashes: armed(sideOf(init.producers), fault), before },
        },
      };
    },
    back: ({ fault }, atNs) => log.ended(fault, atNs, { killed: 1 }),
    async end({ exit, findings }) {
      // A loss that the guarantee of the plan allows is one nevertheless.
      const isWrong = exit.code !== 0 || findings.some((f) => f.severity === "fail");
      if (crashes.length === 0 || isWrong || crashes.some(({ fault }) => fault.keepsJournal)) return;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function sideOf(producers: readonly number[]): "producer" | "consumer" {
  return producers.length > 0 ? "producer" : "consumer";
}

/** `consume` → `consume.2` → `consume.3`: the names sort as the incarnations do. */
function incarnationAfter(name: string): string {
  const [role = name, number = "1"] = name.split(".");
  return `${role}.${Number(number) + 1}`;
}
