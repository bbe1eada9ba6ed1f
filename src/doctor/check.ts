/** What one check of the machine found. Plain JSON: `mqbench doctor --json` prints these. */
export type Check = Fine | Concern;

interface Found {
  /** Stable, kebab-case; `mqbench explain` knows it. */
  readonly id: string;
  /** What was found, with units. */
  readonly found: string;
}

interface Fine extends Found {
  readonly verdict: "ok";
}

interface Concern extends Found {
  /** `bad`: what is measured here is invalid; `warn`: read it with care; `unknown`: it could not be found out. */
  readonly verdict: "warn" | "bad" | "unknown";
  /** What it does to the numbers, in one sentence. */
  readonly consequence: string;
  /** What to do, in one sentence. */
  readonly fix: string;
}

export type Verdict = Check["verdict"];

export interface Examination {
  /** Whether measuring here makes sense: no check is bad. */
  readonly isFit: boolean;
  /** Worst first. */
  readonly checks: readonly Check[];
}

export function ok(id: string, found: string): Check {
  return { id, found, verdict: "ok" };
}

export function concern(
  id: string,
  found: string,
  verdict: Concern["verdict"],
  [consequence, fix]: readonly [consequence: string, fix: string],
): Check {
  return { id, found, verdict, consequence, fix };
}

const RANK: Readonly<Record<Verdict, number>> = { bad: 0, warn: 1, unknown: 2, ok: 3 };

/** The checks as a whole. The order of those that are equally bad stays. */
export function examination(checks: readonly Check[]): Examination {
  return {
    isFit: checks.every((c) => c.verdict !== "bad"),
    checks: checks.toSorted((a, b) => RANK[a.verdict] - RANK[b.verdict]),
  };
}
