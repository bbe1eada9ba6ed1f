import type { RunResult, TargetResult } from "../model/result.ts";

/** What an acknowledgement of a target means, for people: `its only copy, in the page cache`. */
export function promiseText(target: TargetResult): string {
  const { copies, flush } = target.durability;
  if (copies === "none") return "nothing is acknowledged, so nothing is promised";
  return `${copiesText(target)}, ${FLUSH[flush]}`;
}

/**
 * A text for each run that is the same where acknowledgements promise the same. The majority of a single
 * copy is one copy; but while it is not known of each target how many copies it keeps, only what the targets
 * declare is compared: to call two targets unequal for what one of them does not tell would be a guess.
 */
export function promiseKeys(runs: readonly RunResult[]): ReadonlyMap<RunResult, string> {
  const majorities = runs.filter((r) => r.target.durability.copies === "majority");
  const areKnown = majorities.every((r) => copiesKept(r.target) !== undefined);
  return new Map(
    runs.map((run) => {
      const { copies, flush } = run.target.durability;
      const kept = areKnown && copies === "majority" ? copiesKept(run.target) : undefined;
      return [run, `${kept === 1 ? "one" : `${copies}${kept ?? ""}`} ${flush}`];
    }),
  );
}

const FLUSH = {
  memory: "in memory",
  "page cache": "in the page cache",
  fsync: "flushed to the device (fsync)",
} as const;

function copiesText(target: TargetResult): string {
  if (target.durability.copies === "one") return "one copy";
  const kept = copiesKept(target);
  if (kept === undefined) return "a majority of the copies";
  return kept === 1 ? "its only copy" : `a majority of ${kept} copies`;
}

/** How many copies there are, where the target's options tell: a single node cannot keep two. */
function copiesKept({ options }: TargetResult): number | undefined {
  for (const told of [options.replicationFactor, options.queueMembers])
    if (typeof told === "number") return told;
  return options.nodes === 1 ? 1 : undefined;
}
