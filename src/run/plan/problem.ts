import { UserError } from "../../model/errors.ts";

/** One thing that is wrong with a profile, a flag or what they add up to. */
export interface Problem {
  /** `profiles/mine.yaml:3:7`, `--rate`, `MQBENCH_RATE`, or the profile where no single place is to blame. */
  readonly where: string;
  /** Dotted key, such as `load.rate`; empty where it is about the whole. */
  readonly path: string;
  readonly message: string;
  /** What to do, one imperative sentence. */
  readonly hint?: string;
}

/** Every problem in one error, because correcting them one run at a time is tedious. */
export function problemsError(problems: readonly Problem[]): UserError {
  const lines = problems.map((p) => `${p.where}: ${p.message}`).sort(byPlace);
  const count = problems.length;
  const message = count === 1 ? lines[0]! : `${count} problems\n${lines.map((l) => `  ${l}`).join("\n")}`;
  const hints = [...new Set(problems.flatMap((p) => (p.hint === undefined ? [] : [p.hint])))];
  return new UserError(message, { code: "BAD_PLAN", hints: hints.length > 0 ? hints : [ELSEWHERE] });
}

const ELSEWHERE = "See docs/profiles.md for every key, or copy from one that `mqbench profiles NAME` prints.";

/** By file, then line, as numbers. */
function byPlace(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

/** Without repeats: the points of a series meet the same problem again and again. */
export function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((p) => [`${p.where}\0${p.message}`, p])).values()];
}
