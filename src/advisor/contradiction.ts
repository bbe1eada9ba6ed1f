import { type Condition, holds } from "./condition.ts";
import { answersOf, type Sheet } from "./sheet.ts";

/** Answers that cannot both be meant. */
export interface Contradiction {
  readonly when: Condition;
  readonly because: string;
}

/** One sentence for each contradiction of a sheet, naming its answers. */
export function contradictionsIn(sheet: Sheet, known: readonly Contradiction[]): readonly string[] {
  return sheet.flows.flatMap((flow, i) => {
    const answers = answersOf(sheet, flow);
    const where = sheet.flows.length > 1 ? `flow ${flow.name ?? i + 1}: ` : "";
    return known
      .filter(({ when }) => holds(when, answers))
      .map(({ when, because }) => `${where}${namesOf(when)} contradict each other: ${because}`);
  });
}

function namesOf(condition: Condition): string {
  const parts = "all" in condition ? condition.all : [condition];
  return parts.flatMap((p) => ("q" in p ? [`${p.q}=${p.in.join("|")}`] : [])).join(" and ");
}
