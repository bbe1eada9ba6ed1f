import { renderSeries } from "./matrix.ts";
import type { Report } from "./report.ts";
import { renderRun } from "./text.ts";

/** For people at a terminal. */
export const textReport: Report = {
  name: "text",
  summary: "for people: the verdict first, then what it rests on",
  takesSeveral: true,
  render(runs, { style }) {
    const [first, second] = runs;
    if (first !== undefined && second === undefined)
      return renderRun(first.result, { ...style, folder: first.folder });
    return renderSeries(
      runs.map((r) => r.result),
      { ...style, folders: runs.map((r) => r.folder) },
    );
  },
};
