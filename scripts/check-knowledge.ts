/** Ends the build where a rule of the advisor breaks its schema or names what there is not. */
import { knowledgeProblems } from "../src/advisor/input/read-knowledge.ts";

const problems = knowledgeProblems();
if (problems.length > 0) throw new Error(`src/advisor:\n${problems.map((p) => `  ${p}`).join("\n")}`);
