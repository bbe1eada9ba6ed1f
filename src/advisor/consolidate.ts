import type { Base } from "./base.ts";
import type { Answers } from "./condition.ts";
import { BAND, CONFLICT, type Decision, EITHER, NEITHER } from "./decide.ts";

export const BOTH = "both";

/** What one product for all flows would lose. */
export interface Regret {
  readonly product: string;
  /** Points that the flows lose against each one's best; infinite where one of them cannot be served. */
  readonly points: number;
}

/** One verdict for several flows. */
export interface Consolidation {
  /** A product, or `either`, `both`, `neither`, `conflict`. */
  readonly verdict: string;
  /** Of each product, least first; empty where no flow needs a broker. */
  readonly regrets: readonly Regret[];
  /** What a second product costs here, in the same points. */
  readonly secondCost: number;
}

/**
 * One product for all flows where that loses no more than a second product costs; else both. Flows that need no broker
 * have no say; one flow in conflict is a conflict of the whole.
 * @param global answers about the whole system: who runs it, what is there
 */
export function consolidate(base: Base, global: Answers, decisions: readonly Decision[]): Consolidation {
  const secondCost = costOfSecond(base, global);
  const brokered = decisions.filter((d) => d.verdict !== NEITHER);
  const regrets = brokered.length === 0 ? [] : regretsOf(base, brokered);
  return { verdict: verdictOf(brokered, regrets, secondCost), regrets, secondCost };
}

function verdictOf(brokered: readonly Decision[], regrets: readonly Regret[], secondCost: number): string {
  if (brokered.length === 0) return NEITHER;
  if (brokered.some((d) => d.verdict === CONFLICT)) return CONFLICT;
  if (brokered.length === 1 || brokered.every((d) => d.verdict === brokered[0]!.verdict))
    return brokered[0]!.verdict;
  const [least, next] = regrets;
  if (least!.points > secondCost) return BOTH;
  return next !== undefined && next.points - least!.points <= BAND ? EITHER : least!.product;
}

function regretsOf(base: Base, decisions: readonly Decision[]): readonly Regret[] {
  return base.products
    .map((product) => ({ product, points: decisions.reduce((sum, d) => sum + lossOf(product, d), 0) }))
    .sort((a, b) => a.points - b.points);
}

function lossOf(product: string, { best }: Decision): number {
  const own = best.find((m) => m.mode.product === product);
  return own === undefined ? Number.POSITIVE_INFINITY : Math.max(0, best[0]!.score - own.score);
}

function costOfSecond({ second }: Base, global: Answers): number {
  if (global.get(second.paid.question) === second.paid.option) return second.paid.cost;
  return second.cost[global.get(second.question) ?? ""] ?? second.otherwise;
}
