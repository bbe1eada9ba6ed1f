import { UserError } from "../model/errors.ts";
import { nearest } from "../model/suggest.ts";
import type { Term, TermGroup } from "./terms.ts";

/**
 * The term that is called so, in any case and with any of space, `_` and `-` between its words. A metric such
 * as `e2e_response.p99` or `e2e response p99` finds its latency, and any percentile (`p99.9`) the word percentile.
 * @throws UserError `UNKNOWN_TERM` with the nearest one
 */
export function findTerm(name: string, groups: readonly TermGroup[]): Term {
  const names = namesOf(groups, normal);
  const wanted = normal(name);
  const found =
    // A code and a word may differ only in case: CLOSED is why a message failed, closed is a loop.
    namesOf(groups, (text) => text).get(name) ??
    names.get(wanted) ??
    (PERCENTILE.test(wanted) ? names.get("percentile") : undefined) ??
    names.get(wanted.replace(AGGREGATE, "")) ??
    names.get(wanted.replace(AGGREGATE, "").replace(QUALIFIED, "$1"));
  if (found !== undefined) return found;
  const near = nearest(wanted, names.keys());
  const spelt = near === undefined ? undefined : spellingOf(near, names.get(near)!);
  throw new UserError(`mqbench has no term or code "${name}"`, {
    code: "UNKNOWN_TERM",
    hints: [
      ...(spelt === undefined ? [] : [`Did you mean "${spelt}"? Then: mqbench explain ${spelt}`]),
      "mqbench explain lists them all.",
      ...(/^[A-Z0-9]+(_[A-Z0-9]+)+$/.test(name)
        ? [
            "If the code is the broker's own, its documentation explains it (Kafka: kafka.apache.org/protocol.html).",
          ]
        : []),
    ],
  });
}

const PERCENTILE = /^p\d+(\.\d+)?$/;
/** What follows the name of a latency, in thresholds and in tables. */
const AGGREGATE = /[. ](p\d+(\.\d+)?|mean|max|min|count)$/;
/** Rows of tables: `mqbench floor, e2e p99`, `broker written a message`. */
const QUALIFIED = /^(?:mqbench )?(.*?)(?:,.*| a message)?$/;

/** Every name of every term, spelt in a way; where two are then the same, the first. */
export function namesOf(
  groups: readonly TermGroup[],
  spelt: (name: string) => string,
): ReadonlyMap<string, Term> {
  const names = new Map<string, Term>();
  for (const term of groups.flatMap((g) => g.terms))
    for (const name of [term.term, ...term.aliases])
      if (!names.has(spelt(name))) names.set(spelt(name), term);
  return names;
}

function normal(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, " ");
}

/** As the term itself spells the name that was found. */
function spellingOf(found: string, term: Term): string {
  return [term.term, ...term.aliases].find((name) => normal(name) === found) ?? term.term;
}
