import { versionQuestion } from "../base.ts";
import type { Answers } from "../condition.ts";
import type { Question } from "../knowledge.ts";

/** `4.10.1` is newer than `4.9`: below 0, 0 or above, as far as both say. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((v) => v.split(".").map((part) => Number.parseInt(part, 10) || 0));
  for (let i = 0; i < Math.min(left!.length, right!.length); i++)
    if (left![i] !== right![i]) return left![i]! - right![i]!;
  return 0;
}

/** Whether a rule that is true of `>=4.3`, say, is about a broker of this version. */
export function isInGuard(
  guard: Readonly<Record<string, string>> | undefined,
  mode: string,
  version: string,
): boolean {
  const range = guard?.[systemOf(mode)];
  const [, operator, bound] = /^(>=|<)(\S+)$/.exec(range ?? "") ?? [];
  if (bound === undefined) return true;
  const order = compareVersions(version, bound);
  return operator === "<" ? order < 0 : order >= 0;
}

/** The version that was answered or assumed, where a broker of this version is another one. */
export function otherVersion(
  questions: ReadonlyMap<string, Question>,
  answers: Answers,
  mode: string,
  version: string,
): string | undefined {
  const question = questions.get(versionQuestion(systemOf(mode)));
  const answer = question && answers.get(question.id);
  if (question === undefined || answer === undefined) return undefined;
  // Options are the first versions of ranges, from old to new.
  const measured = question.options.filter((o) => compareVersions(version, o.id) >= 0).at(-1)?.id;
  return measured === answer ? undefined : answer;
}

function systemOf(mode: string): string {
  return mode.split(":")[0]!;
}
