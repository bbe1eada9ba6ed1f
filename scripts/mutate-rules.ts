/**
 * Breaks every rule of the advisor in every way and lists those that nothing notices: neither a scenario, nor a check
 * of the files, nor a law. `npm run mutate-rules [RULE...]`; exits with 1 where a broken rule survives.
 */
import fc from "fast-check";
import { readClaims, readKnowledge } from "../src/advisor/input/read-knowledge.ts";
import { firstComplaint } from "../test/advisor/killing.ts";
import { mutantsOf } from "../test/advisor/mutants.ts";
import { scenarios, sheets } from "../test/advisor/support.ts";

const only = process.argv.slice(2);
const knowledge = readKnowledge();
const bench = {
  knowledge,
  claims: readClaims(),
  scenarios,
  samples: fc.sample(sheets, { numRuns: 12, seed: 1 }),
};
const sound = firstComplaint(bench, knowledge.rules);
if (sound !== undefined) throw new Error(`the rules as they are: ${sound}`);

const mutants = mutantsOf(knowledge).filter((m) => only.length === 0 || only.includes(m.rule));
const survivors = mutants.filter((m) => firstComplaint(bench, m.rules) === undefined);
for (const depth of ["break", "shade"] as const) {
  const tried = mutants.filter((m) => m.depth === depth);
  const left = survivors.filter((m) => m.depth === depth);
  console.log(`${depth}: ${tried.length} tried, ${left.length} unnoticed`);
  for (const { rule, how } of left) console.log(`  ${rule}: ${how}`);
}
if (survivors.some((m) => m.depth === "break")) process.exitCode = 1;
