import { csvReport } from "./csv.ts";
import { hgrmReport } from "./hgrm.ts";
import { hlogReport } from "./hlog-report.ts";
import { intervalsCsvReport } from "./intervals-csv.ts";
import { jsonReport } from "./json.ts";
import { markdownReport } from "./markdown.ts";
import type { Report } from "./report.ts";
import { textReport } from "./text-report.ts";

/** Every report that `mqbench report --as` knows, the default first. Adding one is one file and one line here. */
export const REPORTS: readonly Report[] = [
  textReport,
  markdownReport,
  jsonReport,
  csvReport,
  intervalsCsvReport,
  hgrmReport,
  hlogReport,
];
