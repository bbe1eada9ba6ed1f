import { expect } from "vitest";
import { createCollector } from "../../../src/advisor/evidence/collect.ts";
import { type Evidence, remarksOn } from "../../../src/advisor/evidence/evidence.ts";
import type { Remark } from "../../../src/advisor/evidence/remark.ts";
import { readEvidenceMap, readTexts } from "../../../src/advisor/input/read-knowledge.ts";
import { createWords } from "../../../src/advisor/words.ts";
import { remarkText } from "../../../src/cli/advise/remark-text.ts";
import type { RunResult } from "../../../src/model/result.ts";
import { sampleRun } from "../../fixtures/run.ts";
import { closedLoop, kafkaRun } from "../../fixtures/series.ts";
import { adviceOn, base } from "../support.ts";

export const map = readEvidenceMap();
export const here = sampleRun().environment;
const MODES = base.modes.map((m) => m.id);
const RUNNABLE = ["kafka:log", "rabbitmq:quorum", "rabbitmq:classic"];

export function evidenceOf(runs: readonly unknown[], probes: readonly unknown[] = []): Evidence {
  const collector = createCollector(MODES);
  for (const run of runs) collector.add("run", run);
  for (const probe of probes) collector.add("probe", probe);
  return { folder: "results", map, here, facts: collector.facts, leftOut: collector.leftOut, unread: 0 };
}

export type Answers = Readonly<Record<string, string>>;

export function remarks(answers: Answers, evidence: Evidence, machine = here): readonly Remark[] {
  const [flow] = adviceOn({ title: "", flows: [answers] }).flows;
  const found = remarksOn(base, flow!, evidence, RUNNABLE, machine);
  // Whatever is found can be said, with every blank filled in.
  for (const remark of found)
    expect(remarkText(words, remark)).toMatch(/^\d{4}-\d\d-\d\d, (?!.*(\{|undefined|NaN))/);
  return found;
}

const words = createWords(base, readTexts());

export const seen = (all: readonly Remark[]) => all.map((r) => `${r.kind} ${r.verdict} ${r.facts[0].mode}`);

/** Quorum queues are best here. */
export const TASK = { kind: "task", rate: "1k", "rabbitmq-version": "4.0" };

/** A run on which everything is well. */
export function passing(change: Partial<RunResult> = {}): RunResult {
  return sampleRun({ findings: [], ...change });
}

export function passingKafka(change: Partial<RunResult> = {}): RunResult {
  return kafkaRun({
    ...(({ counts, rates }) => ({ counts, rates }))(passing()),
    findings: [],
    thresholds: [],
    exit: { code: 0, reasons: [] },
    ...change,
  });
}

/** As fast as it goes. */
export function fastest(run: RunResult, publish: number): RunResult {
  const closed = closedLoop(run);
  return {
    ...closed,
    rates: { ...closed.rates, publish, sent: publish, consume: 2 * publish },
    validity: {
      "rate.publish": { verdict: "valid", codes: [] },
      "rate.consume": { verdict: "valid", codes: [] },
    },
  };
}
