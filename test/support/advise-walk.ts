import type { Terminal } from "./terminal.ts";

/** What somebody knows: how a question begins → the key that answers it. To other questions they say "I do not know". */
export type Knows = Readonly<Record<string, string>>;

/**
 * Answers the questions that come one by one, until the last look over the answers.
 * @param onScreen gets every question as it stands on the screen
 * @returns how many there were
 */
export async function answerRest(
  terminal: Terminal,
  knows: Knows,
  onScreen: (screen: string) => void = () => {},
): Promise<number> {
  for (let asked = 0; ; asked++) {
    const shown = await terminal.shows(/screen \d+/);
    if (shown.startsWith("Check your answers")) return asked;
    onScreen(shown);
    const known = Object.keys(knows).find((question) => shown.startsWith(question));
    await terminal.press(known === undefined ? "0" : knows[known]!);
    const step = Number(/screen (\d+)/.exec(shown)![1]);
    await terminal.shows(new RegExp(`screen ${step + 1}\\b`));
  }
}

/** One picture of the walk. */
export interface Picture {
  readonly name: string;
  readonly text: string;
}

/** A newsletter with VIPs, as docs/advisor.md shows it: from the first question to the verdict. */
export async function walkNewsletter(terminal: Terminal): Promise<readonly Picture[]> {
  const pictures: Picture[] = [];
  const take = (name: string, text: string) => pictures.push({ name, text: trimmed(text) });
  await terminal.shows("What does one message mean?");
  await terminal.press("Down");
  take("shape", await terminal.shows(/^> 1/m));
  await terminal.press("Enter");
  await terminal.shows("What must it have?");
  await terminal.press("Down", "Down", "Down", "Space");
  take("must-haves", await terminal.shows(/^> \[x\] {2}An urgent message/m));
  await terminal.press("?");
  take("why", await terminal.shows("Why this is asked"));
  await terminal.press("?");
  await terminal.shows("What must it have?");
  await terminal.press("Enter");
  await terminal.shows("What is around it?");
  await terminal.press("2");
  take("context", await terminal.shows("[x]"));
  await terminal.press("Enter");
  await terminal.shows("screen 4");
  const knows = { "Must messages wait, after a failure": "2", "How long must messages stay": "1" };
  await answerRest(terminal, knows, (text) => take(`question-${pictures.length - 3}`, text));
  take("check", await terminal.shows("Check your answers"));
  await terminal.press("Down", "Enter");
  await terminal.exitCode();
  const all = trimmed(await terminal.all());
  take("verdict", all);
  return pictures;
}

/** Without the blanks at the ends of lines, and with less of the empty middle of a screen. */
function trimmed(text: string): string {
  return text
    .replace(/[ \t]+$/gm, "")
    .replace(/^\n+|\n+$/g, "")
    .replace(/\n{4,}/g, "\n\n\n");
}

/** A document with today's pictures between its marks; lines of the verdict are as many as it had. */
export function withPictures(document: string, pictures: readonly Picture[]): string {
  return document.replace(
    /(<!-- screen: (\S+?)(?: (\d+) lines)? -->\n```text\n)[\s\S]*?(\n```)/g,
    (whole, open: string, name: string, lines: string | undefined, close: string) => {
      const picture = pictures.find((p) => p.name === name);
      if (picture === undefined) return whole;
      const text =
        lines === undefined ? picture.text : picture.text.split("\n").slice(0, Number(lines)).join("\n");
      return `${open}${text}${close}`;
    },
  );
}

/** Marks of a document that no picture fits. */
export function strayMarks(document: string, pictures: readonly Picture[]): readonly string[] {
  return [...document.matchAll(/<!-- screen: (\S+)/g)]
    .map(([, name]) => name!)
    .filter((name) => !pictures.some((p) => p.name === name));
}
