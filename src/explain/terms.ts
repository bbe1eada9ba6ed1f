import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** A word or code that mqbench prints, explained. */
export interface Term {
  readonly term: string;
  /** Other spellings, and codes that mean the same. */
  readonly aliases: readonly string[];
  /** One line. */
  readonly brief: string;
  /** A few sentences; absent where one line says it all. */
  readonly text?: string;
  /** What to do when one meets it. */
  readonly todo?: string;
  /** Other terms. */
  readonly see: readonly string[];
  /** Where a fact comes from. */
  readonly source?: string;
}

export interface TermGroup {
  readonly group: string;
  readonly terms: readonly Term[];
}

/** All terms, from terms.yaml beside this file. */
export function readTerms(): readonly TermGroup[] {
  const text = readFileSync(new URL("./terms.yaml", import.meta.url), "utf8");
  const groups = parse(text) as readonly { group: string; terms: readonly Partial<Term>[] }[];
  return groups.map(({ group, terms }) => ({
    group,
    terms: terms.map((t) => ({ aliases: [], see: [], ...t }) as Term),
  }));
}
