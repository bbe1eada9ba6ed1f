import { readdirSync } from "node:fs";
import { problemsOfKnowledge } from "../check.ts";
import type { Contradiction } from "../contradiction.ts";
import type { EvidenceMap } from "../evidence-map.ts";
import type {
  Claim,
  Knowledge,
  Mode,
  Option,
  Outcome,
  Proof,
  Question,
  Resembling,
  Rule,
  SecondCost,
  Setting,
  Source,
} from "../knowledge.ts";
import { problemsOfEvidence } from "../problems-of-evidence.ts";
import type { TextTable } from "../words.ts";
import { readChecked } from "./read-yaml.ts";

const HERE = new URL("../", import.meta.url);

type RawOption = Omit<Option, "aliases"> & Partial<Pick<Option, "aliases">>;
type RawQuestion = Omit<Question, "aliases" | "ordered" | "options"> &
  Partial<Pick<Question, "aliases" | "ordered">> & { readonly options: readonly RawOption[] };

/** The questions alone: what the command line needs to know its flags. */
export function readQuestions(): readonly Question[] {
  return readChecked<readonly RawQuestion[]>(new URL("questions.yaml", HERE), "questions").map((q) => ({
    aliases: [],
    ordered: false,
    ...q,
    options: q.options.map((o) => ({ aliases: [], ...o })),
  }));
}

/**
 * Everything the advisor knows, each file checked by its schema.
 * @throws Error where a file is wrong
 */
export function readKnowledge(): Knowledge {
  const candidates = readChecked<{
    readonly modes: readonly Mode[];
    readonly outcomes: readonly Outcome[];
    readonly second: SecondCost;
  }>(new URL("candidates.yaml", HERE), "candidates");
  return {
    ...candidates,
    questions: readQuestions(),
    rules: ruleFiles().flatMap((file) =>
      readChecked<readonly Rule[]>(new URL(`rules/${file}`, HERE), "rules").map((rule) => ({
        ...rule,
        corrects: rule.corrects ?? [],
      })),
    ),
    sources: readChecked<readonly Source[]>(new URL("sources.yaml", HERE), "sources"),
    proofs: readChecked<readonly Proof[]>(new URL("proofs.yaml", HERE), "proofs"),
    settings: readChecked<readonly Setting[]>(new URL("settings.yaml", HERE), "settings"),
    resembling: readChecked<readonly Resembling[]>(new URL("resembling.yaml", HERE), "resembling"),
  };
}

/** Statements that people make; only `explain` and the checks need them. */
export function readClaims(): readonly Claim[] {
  type Raw = Pick<Claim, "id" | "check" | "claim"> & Partial<Claim>;
  return readChecked<readonly Raw[]>(new URL("claims.yaml", HERE), "claims").map((claim) => ({
    probes: [],
    corrects: [],
    ...claim,
  }));
}

/** Answers that cannot both be meant. */
export function readContradictions(): readonly Contradiction[] {
  return readChecked<readonly Contradiction[]>(new URL("contradictions.yaml", HERE), "contradictions");
}

/** Which measurements bear on which answers and rules. */
export function readEvidenceMap(): EvidenceMap {
  return readChecked<EvidenceMap>(new URL("evidence.yaml", HERE), "evidence");
}

/** The languages that there are texts in, English first. */
export function languages(): readonly string[] {
  const found = new Set(yamlFiles("text/").map((file) => file.split(".")[0]!));
  return ["en", ...[...found].filter((language) => language !== "en")];
}

/**
 * All texts in one language: `text/vi.yaml` and `text/vi.*.yaml`. English has only what the program itself says here;
 * a translation also has what rules, questions and candidates say.
 * @throws Error where a key is in two files
 */
export function readTexts(language = "en"): TextTable {
  const texts: Record<string, string> = {};
  for (const file of yamlFiles("text/").filter((f) => f.split(".")[0] === language))
    for (const [key, text] of Object.entries(
      readChecked<TextTable>(new URL(`text/${file}`, HERE), "texts"),
    )) {
      if (key in texts) throw new Error(`text/${file}: ${key} is said twice`);
      texts[key] = text;
    }
  return texts;
}

/** Every problem of the knowledge that a schema cannot see. */
export function knowledgeProblems(): readonly string[] {
  const knowledge = readKnowledge();
  return [
    ...problemsOfKnowledge(knowledge, readClaims(), new Date().toISOString().slice(0, 10)),
    ...problemsOfEvidence(knowledge, readEvidenceMap()),
  ];
}

function ruleFiles(): readonly string[] {
  return yamlFiles("rules/");
}

function yamlFiles(folder: string): readonly string[] {
  return readdirSync(new URL(folder, HERE))
    .filter((file) => file.endsWith(".yaml"))
    .sort();
}
