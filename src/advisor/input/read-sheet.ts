import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import { UserError } from "../../model/errors.ts";
import { NEUTRAL } from "../condition.ts";
import type { Question } from "../knowledge.ts";
import { nearestQuestion, optionNamed, questionNamed } from "../named.ts";
import type { FlowSheet, Sheet } from "../sheet.ts";

/** Far more than any number of flows needs; beyond, it is another file. */
const MAX_LENGTH = 65_536;
const MAX_FLOWS = 50;

/** Collects what is wrong, with the place of each. */
interface Reader {
  readonly questions: readonly Question[];
  problem(node: unknown, message: string, hint?: string): void;
}

/**
 * An answers file: questions and options as a map, or `global:` and a list of `flows:`.
 * @param label how messages call the file
 * @throws UserError `BAD_ANSWERS` with every problem and its place
 */
export function readSheet(text: string, label: string, questions: readonly Question[]): Sheet {
  if (text.length > MAX_LENGTH)
    throw bad([`${label}: ${text.length} characters are no answer sheet (at most ${MAX_LENGTH})`], []);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const problems: string[] = [];
  const hints: string[] = [];
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${label}:${line}:${col}`;
  };
  // The parser gives up where its own stack ends, and then complains about every bracket that it left open.
  const deep = document.errors.find((error) => /call stack/.test(error.message));
  if (deep !== undefined) throw bad([`${at(deep.pos[0])}: this is nested too deeply`], []);
  for (const error of document.errors) problems.push(`${at(error.pos[0])}: ${error.message}`);
  const reader: Reader = {
    questions,
    problem: (node, message, hint) => {
      problems.push(`${at(offsetOf(node))}: ${message}`);
      if (hint !== undefined) hints.push(hint);
    },
  };
  const sheet = problems.length === 0 ? sheetOf(document, reader) : undefined;
  if (sheet === undefined || problems.length > 0) throw bad(problems, hints);
  return sheet;
}

/** So many problems are enough to begin with. */
const MOST_LISTED = 10;

function bad(problems: readonly string[], hints: readonly string[]): UserError {
  const listed = problems.slice(0, MOST_LISTED).map((p) => `  ${p}`);
  const rest = problems.length - listed.length;
  if (rest > 0) listed.push(`  and ${rest} more`);
  const message = problems.length === 1 ? problems[0]! : `${problems.length} problems\n${listed.join("\n")}`;
  return new UserError(message, {
    code: "BAD_ANSWERS",
    hints:
      hints.length > 0
        ? [...new Set(hints)]
        : [
            "An answers file is a map of questions and answers, such as `kind: task`; mqbench advise --help lists them.",
          ],
  });
}

function offsetOf(node: unknown): number {
  return (node as { range?: readonly number[] } | undefined)?.range?.[0] ?? 0;
}

function sheetOf(document: Document, reader: Reader): Sheet | undefined {
  let alias: unknown;
  visit(document, {
    Alias: (_, node) => {
      alias = node;
      return visit.BREAK;
    },
  });
  if (alias !== undefined)
    return void reader.problem(alias, "an answers file has no aliases", "Write the answer out.");
  const root = document.contents;
  if (!isMap(root)) return void reader.problem(root, "this is no map of questions and answers");
  return fromMap(root, reader);
}

function fromMap(root: YAMLMap, reader: Reader): Sheet | undefined {
  const own = new Map<string, string>();
  let title: string | undefined;
  let global: ReadonlyMap<string, string> = new Map();
  let flows: readonly FlowSheet[] | undefined;
  let isRestNeutral = false;
  for (const pair of root.items) {
    const key = keyOf(pair);
    if (key === "title" || key === "name") title = textOf(pair.value);
    else if (key === "global") global = answersOf(pair.value, reader, "global").answers;
    else if (key === "rest") isRestNeutral = restOf(pair, reader);
    else if (key === "flows") flows = flowsOf(pair.value, reader);
    else answer(pair, reader, own);
  }
  const isFlow = (q: string) => reader.questions.find((x) => x.id === q)?.scope === "flow";
  if (flows !== undefined && [...own.keys()].some(isFlow))
    return void reader.problem(
      root,
      "beside `flows:` there are answers about one flow",
      "Move them into a flow.",
    );
  const loose = new Map([...global, ...[...own].filter(([q]) => !isFlow(q))]);
  const single: FlowSheet = { answers: new Map([...own].filter(([q]) => isFlow(q))) };
  return {
    ...(title === undefined ? {} : { title }),
    ...(isRestNeutral ? { isRestNeutral } : {}),
    global: loose,
    flows: flows ?? [single],
  };
}

/** `rest: neutral`: what is not mentioned does not matter. */
function restOf(pair: Pair, reader: Reader): boolean {
  const text = textOf(pair.value);
  if (text !== NEUTRAL && text !== "open")
    reader.problem(pair.value ?? pair.key, "rest is neither neutral nor open", "Write rest: neutral.");
  return text === NEUTRAL;
}

function flowsOf(node: unknown, reader: Reader): readonly FlowSheet[] {
  if (!isSeq(node) || node.items.length === 0 || node.items.length > MAX_FLOWS) {
    reader.problem(
      node,
      `flows is not a list of 1 to ${MAX_FLOWS} maps`,
      "Write each flow as a list item: `- kind: task`.",
    );
    return [];
  }
  return node.items.map((item, i) => {
    const { name, answers } = answersOf(item, reader, `flow ${i + 1}`);
    return { ...(name === undefined ? {} : { name }), answers };
  });
}

function answersOf(node: unknown, reader: Reader, what: string) {
  const answers = new Map<string, string>();
  let name: string | undefined;
  if (!isMap(node)) reader.problem(node, `${what} is no map of questions and answers`);
  else
    for (const pair of node.items) {
      if (["name", "title"].includes(keyOf(pair))) name = textOf(pair.value);
      else answer(pair, reader, answers);
    }
  return { name, answers };
}

function answer(pair: Pair, reader: Reader, answers: Map<string, string>): void {
  const key = keyOf(pair);
  const question = questionNamed(reader.questions, key);
  if (question === undefined) {
    const guess = nearestQuestion(reader.questions, key);
    const meant = guess === undefined ? "" : `, did you mean "${guess}"?`;
    reader.problem(pair.key, `there is no question "${key}"${meant}`);
  } else if (answers.has(question.id)) {
    reader.problem(pair.key, `${question.id} is answered twice`);
  } else if (!isScalar(pair.value)) {
    const hint = "A list of answers is not one.";
    reader.problem(pair.value ?? pair.key, `${question.id} takes one answer`, hint);
  } else {
    // As it was written: 4.0 is a version, not the number 4.
    const text = pair.value.value === null ? "unknown" : (pair.value.source ?? String(pair.value.value));
    const named = optionNamed(question, text);
    if ("problem" in named) reader.problem(pair.value, named.problem, named.hint);
    else if (named.option !== undefined) answers.set(question.id, named.option);
  }
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : "";
}

function textOf(node: unknown): string | undefined {
  if (!isScalar(node) || node.value === null) return undefined;
  // It is printed: no escape sequences, no line breaks.
  return (
    String(node.value)
      .replace(/\p{Cc}+/gu, " ")
      .trim()
      .slice(0, 200) || undefined
  );
}
