import { boxesOf, type Chart, type ChartDecision, type Given } from "../../advisor/chart.ts";
import { CONFLICT } from "../../advisor/decide.ts";
import { wrap } from "../../report/table.ts";
import { productName, type Speaker, verdictName } from "./phrases.ts";

/** The chart as Markdown: every decision in words with its exceptions, then the same as a Mermaid flowchart. */
export function chartText(speaker: Speaker, chart: Chart): string {
  const { base, words } = speaker;
  const boxes = boxesOf(chart);
  return [
    `# ${words.say("chart.title", { rules: base.rules.length, boxes: boxes.length })}`,
    "",
    ...wrap(words.say("chart.intro"), 0),
    "",
    ...boxes.flatMap((box, i) => [
      ...wrap(boxTitle(speaker, box), 0, `${i + 1}. `),
      ...box.flatMap((exit) => exitLines(speaker, exit, box)),
    ]),
    `${boxes.length + 1}. ${words.say("chart.else")}`,
    "",
    "```mermaid",
    ...mermaidLines(speaker, boxes),
    "```",
    "",
  ].join("\n");
}

/** What all exits of a box have in common. */
function sharedOf(box: Chart): readonly Given[] {
  return box.length > 1 ? box[0]!.all : [...box[0]!.all, ...box[0]!.any];
}

function boxTitle(speaker: Speaker, box: Chart): string {
  const { base, words } = speaker;
  const shared = sharedOf(box);
  if (isClash(box[0]!)) return words.say("chart.clash");
  if (shared.length === 0) return words.ask(base.question.get(box[0]!.any[0]!.q)!);
  if (box.length === 1) return exitTest(speaker, box[0]!);
  return words.say("chart.shape", { shape: givenText(shared) });
}

/** `cloud cloudnative, and kind task, event or stream?` */
function exitTest({ words }: Speaker, { all, any }: ChartDecision): string {
  const either = any.map((g) => givenText([g])).join(words.say("condition.any"));
  return `${[...(all.length === 0 ? [] : [givenText(all)]), ...(either === "" ? [] : [either])].join(words.say("condition.all"))}?`;
}

function exitLines(speaker: Speaker, exit: ChartDecision, box: Chart): readonly string[] {
  const { words } = speaker;
  const any = exit.any.map((g) => givenText([g])).join("; ");
  const own = isClash(exit)
    ? `: ${givenText(exit.all)}${words.say("condition.all")}${any}`
    : box.length === 1 || any === ""
      ? ""
      : `: ${any}`;
  return [
    ...wrap(`**${exitVerdict(speaker, exit)}**${own}`, 3, "- "),
    ...(exit.unless.length === 0
      ? []
      : wrap(
          words.say("chart.unless", { exceptions: exit.unless.map((g) => givenText([g])).join("; ") }),
          5,
        )),
  ];
}

function isClash({ verdict }: Pick<ChartDecision, "verdict">): boolean {
  return verdict === CONFLICT;
}

function givenText(parts: readonly Given[]): string {
  return parts.map(({ q, in: options }) => `${q} ${options.join("/")}`).join(", ");
}

function exitVerdict(speaker: Speaker, { verdict, isProduct }: ChartDecision): string {
  const { base, words } = speaker;
  if (isProduct) return productName(speaker, verdict);
  if (isClash({ verdict })) return `${verdictName(speaker, CONFLICT)}: ${words.say("chart.split")}`;
  return `${verdictName(speaker, "neither")}: ${words.outcome(base.outcomes.find((o) => o.id === verdict)!, "label")}`;
}

/** A box for each decision, its exits to the side, the next below. Exceptions stand in the text, by number. */
function mermaidLines(speaker: Speaker, boxes: readonly Chart[]): readonly string[] {
  const { words } = speaker;
  const lines = ["flowchart TD"];
  for (const [i, box] of boxes.entries()) {
    const id = `d${i + 1}`;
    lines.push(`  ${id}{"${quoted(`${i + 1}. ${short(boxTitle(speaker, box))}`)}"}`);
    for (const [j, exit] of box.entries()) {
      const label =
        box.length === 1
          ? words.say("chart.yes")
          : short(
              [...(isClash(exit) ? exit.all : []), ...exit.any].map((g) => givenText([g])).join("; ") ||
                words.say("chart.yes"),
            );
      lines.push(`  ${id} -->|"${quoted(label)}"| ${id}v${j + 1}["${quoted(exitVerdict(speaker, exit))}"]`);
    }
    lines.push(`  ${id} -->|"${quoted(words.say("chart.no"))}"| d${i + 2}`);
  }
  lines.push(`  d${boxes.length + 1}["${quoted(words.say("chart.advise"))}"]`);
  return lines;
}

/** The most of a list of answers that a box has room for. */
const ROOM = 60;

function short(text: string): string {
  if (text.length <= ROOM) return text;
  const cut = text.slice(0, ROOM);
  return `${cut.slice(0, Math.max(cut.lastIndexOf("; "), cut.lastIndexOf(" or "), 20))} …`;
}

function quoted(text: string): string {
  return text.replaceAll('"', "#quot;");
}
