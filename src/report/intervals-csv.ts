import { csv, ms } from "./csv.ts";
import type { Report } from "./report.ts";

/** One row an interval of the measure phase. */
export const intervalsCsvReport: Report = {
  name: "intervals-csv",
  summary: "one row a second of the measure phase: rates, end-to-end response (ms), backlog",
  takesSeveral: true,
  render: (runs) =>
    csv([
      HEADER,
      ...runs.flatMap(({ result: { run, series: s } }) =>
        s.t.map((t, i) => [
          run.id,
          new Date(Date.parse(run.startedAt) + t * 1e3).toISOString(),
          t,
          s.intervalS,
          s.sent[i]! / s.intervalS,
          s.published[i]! / s.intervalS,
          s.consumed[i]! / s.intervalS,
          ms(s.e2eP50[i]),
          ms(s.e2eP99[i]),
          ms(s.e2eMax[i]),
          s.backlog[i],
        ]),
      ),
    ]),
};

const HEADER = [
  "run_id",
  "time",
  "t_sec",
  "interval_sec",
  "sent_per_s",
  "published_per_s",
  "consumed_per_s",
  "e2e_response_p50_ms",
  "e2e_response_p99_ms",
  "e2e_response_max_ms",
  "backlog",
];
