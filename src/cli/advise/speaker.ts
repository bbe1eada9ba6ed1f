import { createBase } from "../../advisor/base.ts";
import type { Contradiction } from "../../advisor/contradiction.ts";
import { readContradictions, readKnowledge, readTexts } from "../../advisor/input/read-knowledge.ts";
import { createWords } from "../../advisor/words.ts";
import { drivers } from "../../drivers/registry.ts";
import type { Speaker } from "./phrases.ts";

/** The knowledge, with words for it in a language, and what mqbench can run. */
export function createSpeaker(language = "en"): {
  readonly speaker: Speaker;
  readonly contradictions: readonly Contradiction[];
  readonly runnable: readonly string[];
} {
  const knowledge = readKnowledge();
  const speaker = {
    base: createBase(knowledge),
    words: createWords(knowledge, readTexts(), language === "en" ? {} : readTexts(language)),
  };
  const runnable = [...new Set(drivers().map((d) => `${d.system}:${d.mode}`))];
  return { speaker, contradictions: readContradictions(), runnable };
}
