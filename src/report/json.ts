import type { Report } from "./report.ts";

/** run.json again; of several runs `{"runs": […]}`. */
export const jsonReport: Report = {
  name: "json",
  summary: "run.json itself; of several runs an object with all of them",
  takesSeveral: true,
  render(runs) {
    const results = runs.map((r) => r.result);
    return `${JSON.stringify(results.length === 1 ? results[0] : { schema: "mqbench/runs", runs: results }, null, 2)}\n`;
  },
};
