import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Advice } from "../../advisor/advice.ts";
import type { Evidence } from "../../advisor/evidence/evidence.ts";
import type { EvidenceMap } from "../../advisor/evidence-map.ts";
import type { Suggested } from "../../advisor/proving.ts";
import { formatDuration } from "../../model/units.ts";
import { toProve } from "./advice-text.ts";
import type { Speaker } from "./phrases.ts";

/** So many at once: beyond, somebody waits too long for too little. */
const MOST = 3;
/** What a target takes where nobody said. */
const USUAL_SECONDS = 30;

/** One short experiment. */
export interface Experiment {
  readonly title: string;
  /** As it can be typed. */
  readonly command: string;
  readonly seconds: number;
}

/** The two or three experiments that matter most for an advice and were not run here yet. */
export function experimentsOf(
  speaker: Speaker,
  advice: Advice,
  runnable: readonly string[],
  evidence: Evidence,
): readonly Experiment[] {
  return toProve(speaker, advice, runnable, evidence)
    .filter((s) => s.command !== undefined)
    .slice(0, MOST)
    .map((s) => shortened(speaker, s, evidence.map));
}

function shortened(
  { words }: Speaker,
  { proof, command, targets = 1 }: Suggested,
  { short }: EvidenceMap,
): Experiment {
  const { flags, seconds = USUAL_SECONDS } = short[proof.id] ?? {};
  // The flags are those of a run; a probe is short as it is.
  const isRun = command?.startsWith("mqbench run ");
  return {
    title: words.proof(proof),
    command: isRun && flags !== undefined ? `${command} ${flags}` : command!,
    seconds: seconds * targets,
  };
}

export interface ProveOptions {
  /** Results go there. */
  readonly folder: string;
  /** Aborted: the running experiment finishes up, no other begins. */
  readonly signal: AbortSignal;
  note(line: string): void;
}

/** Runs experiments one after another as commands of their own; what one of them finds is in its results. */
export async function runExperiments(
  { words }: Speaker,
  experiments: readonly Experiment[],
  { folder, signal, note }: ProveOptions,
): Promise<void> {
  if (experiments.length === 0) return note(words.say("evidence.prove.all"));
  const totalNs = experiments.reduce((n, e) => n + e.seconds, 0) * 1e9;
  note(words.say("prove.begin", { count: experiments.length, time: formatDuration(totalNs), folder }));
  for (const [i, { title, command }] of experiments.entries()) {
    signal.throwIfAborted();
    note(words.say("prove.next", { number: i + 1, of: experiments.length, title, command }));
    const code = await runCommand(wordsOf(command).slice(1), folder, signal);
    signal.throwIfAborted();
    // Findings are what it is for: only what could not be run is worth a word.
    if (code !== 0 && code !== 1) note(words.say("prove.failed", { command, code: code ?? "?" }));
  }
}

const BIN = fileURLToPath(new URL("../../../bin/run.js", import.meta.url));

/**
 * This same program once more. In a process group of its own, so that a Ctrl-C reaches it once: from here.
 * @returns its exit code; null where a signal ended it
 */
function runCommand(argv: readonly string[], out: string, signal: AbortSignal): Promise<number | null> {
  const child = spawn(process.execPath, [BIN, ...argv], {
    detached: true,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, MQBENCH_OUT: out },
  });
  const stop = (): void => {
    child.kill(signal.reason === "SIGTERM" ? "SIGTERM" : "SIGINT");
  };
  signal.addEventListener("abort", stop, { once: true });
  return new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  }).finally(() => signal.removeEventListener("abort", stop));
}

/** As a shell would part it; only single quotes are used. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}
