import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("../../src", import.meta.url));

/** Path below src → text, of every source file. */
export function sources(): ReadonlyMap<string, string> {
  const paths = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".ts"),
  );
  return new Map(paths.map((path) => [path, readFileSync(join(src, path), "utf8")]));
}

/** Upper-case literals that are no codes: names of variables, headings of the help, words of other systems. */
const NO_CODES: readonly RegExp[] = [
  // Variables of the environment, and what the help calls a value.
  /^(MQBENCH_\w+|NO_COLOR|FORCE_COLOR|JAVA_HOME|GNU_LIBC_VERSION|PATH|HOME|DIR|TARGET|PROFILE|VERDICT|OUTPUT|SEARCH|CI)$/,
  // Experiments of src/advisor/proofs.yaml.
  /^P\d\d$/,
  // Words of a broker's configuration and of other systems.
  /^(CONTROLLER|PLAINTEXT|WSL)$/,
  // Signals that nobody but the code sees, and errors of the operating system that become ours.
  /^SIG(KILL|CONT|STOP|HUP)$|^E(EXIST|NOENT|ACCES|SRCH|NOSPC|DQUOT|ADDRINUSE|PERM)$|^ERR_\w+$/,
];

/** Everything in a source text that looks like a code: `"LOST"`, `'NO_JAVA'`. */
export function codesIn(text: string): readonly string[] {
  const withoutComments = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return [...withoutComments.matchAll(/["'`]([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)["'`]/g)]
    .map((m) => m[1]!)
    .filter((code) => code.length > 2 && !NO_CODES.some((no) => no.test(code)));
}

/** What a report's source calls its rows and columns: the first text of a row, what `row` is given, `heads`. */
export function rowNamesIn(text: string): readonly string[] {
  const firsts = [...text.matchAll(/\[\s*"([A-Za-z][^"]*)",/g)].map((m) => withoutRest(m[1]!));
  const rows = [...text.matchAll(/\b\w*[rR]ow\(\s*(?:[\w"]+,\s*)?"([^"]+)"/g)].map((m) => withoutRest(m[1]!));
  const heads = [...text.matchAll(/heads = \[([^\]]*)\]/g)].flatMap((m) =>
    [...m[1]!.matchAll(/"([^"]*)"/g)].map((h) => h[1]!),
  );
  const others = new Set(["left", "right", "good", "bad", "warn", "strong", "faint"]);
  return [...firsts, ...rows, ...heads].filter(
    (name) => name !== "" && !others.has(name) && !UNNAMED.test(name),
  );
}

/** A heading ends where its explanation begins. */
function withoutRest(heading: string): string {
  return heading.replace(/ ?[(:,].*$/, "");
}

/** Sections of a report that have no names of their own: sentences, paths, what was asked for. */
const UNNAMED =
  /^(Findings and warnings|About|Not equal|Equal|Files|Again|What failed|Thresholds|How to read it|Reproduce)/;

/** Names that a text report prints: headings of its sections, columns and rows. */
export function namesPrinted(report: string): readonly string[] {
  const [, ...sections] = report.trimEnd().split("\n\n");
  return sections
    .filter((section) => !UNNAMED.test(section))
    .flatMap((section) => {
      const [heading = "", ...lines] = section.split("\n");
      return [...(heading.startsWith(" ") ? [] : [withoutRest(heading)]), ...lines.flatMap(lineNames)];
    })
    .map((name) => name.replace(/^[=+] /, "").trim())
    .filter((name) => name !== "");
}

function lineNames(line: string): readonly string[] {
  // Columns: far from the margin, or at least all of them names.
  const columns = line.trim().split(/ {2,}| (?=[=+] )/);
  if (/^ {6,}/.test(line)) return columns.length > 1 ? columns : [];
  const row = /^ {0,2}(\S+(?: \S+)*) {2,}/.exec(line)?.[1] ?? /^(Every message)/.exec(line)?.[1];
  return row === undefined ? [] : [row];
}
