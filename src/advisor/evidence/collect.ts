import type { Fact, LeftOut } from "./fact.ts";
import { probeFacts } from "./probe-facts.ts";
import { runFact } from "./run-fact.ts";

/** Gathers what documents show, and counts what shows nothing. */
export interface Collector {
  add(kind: "run" | "probe", document: unknown): void;
  leaveOut(why: LeftOut): void;
  readonly facts: readonly Fact[];
  readonly leftOut: ReadonlyMap<LeftOut, number>;
}

/** @param modes those that the advisor may recommend: a run on anything else is none of its business */
export function createCollector(modes: readonly string[]): Collector {
  const facts: Fact[] = [];
  const leftOut = new Map<LeftOut, number>();
  const leaveOut = (why: LeftOut): void => {
    leftOut.set(why, (leftOut.get(why) ?? 0) + 1);
  };
  return {
    facts,
    leftOut,
    leaveOut,
    add(kind, document) {
      const found = kind === "run" ? runFact(document) : probeFacts(document);
      if (typeof found === "string") leaveOut(found);
      else
        for (const fact of Array.isArray(found) ? found : [found])
          if (modes.includes(fact.mode)) facts.push(fact);
          else leaveOut("no-candidate");
    },
  };
}
