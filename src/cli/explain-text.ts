import type { Term, TermGroup } from "../explain/terms.ts";
import { finish, paint, type Style } from "../report/style.ts";
import { joined, wrap } from "../report/table.ts";

/** One term: its line, what it means, what to do. */
export function termText(term: Term, style: Style): string {
  const also = term.aliases.length === 0 ? [] : wrap(term.aliases.join(", "), 2, "also:   ");
  const lines = [
    ...wrap(`${paint(term.term, "strong", style)}: ${term.brief}`, 0),
    ...(term.text === undefined ? [] : ["", ...wrap(term.text)]),
    ...(term.todo === undefined ? [] : ["", ...wrap(term.todo, 2, "→ ")]),
    ...(term.see.length + also.length === 0 && term.source === undefined ? [] : [""]),
    ...also,
    ...(term.see.length === 0 ? [] : wrap(term.see.join(", "), 2, "see:    ")),
    ...(term.source === undefined ? [] : wrap(term.source, 2, "source: ")),
  ];
  return finish(`${lines.join("\n")}\n`, style);
}

/** Every term under its group, each with its line. */
export function termList(groups: readonly TermGroup[], style: Style): string {
  const sections = groups.map(({ group, terms }) => {
    const width = Math.max(...terms.map((t) => t.term.length));
    return [group, ...terms.flatMap((t) => wrap(t.brief, 2, `${t.term.padEnd(width)}  `))];
  });
  const head = ["What mqbench prints; mqbench explain TERM says more about one"];
  return finish(joined([head, ...sections], style), style);
}
