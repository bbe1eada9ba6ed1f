import type { LatencyName } from "../model/metric.ts";
import type { RunResult } from "../model/result.ts";
import type { Style } from "./style.ts";

/** One run with what lies beside it. */
export interface ReportedRun {
  readonly result: RunResult;
  /** Where it is stored, as people should see it. */
  readonly folder: string;
  /** Content of its intervals.hlog; undefined when there is none. Read only for reports that need it. */
  readonly log?: string;
}

export interface ReportOptions {
  readonly style: Style;
  /** For reports about one latency. */
  readonly metric: LatencyName;
}

/** A way to say what runs found. Pure: the same runs and options always give the same text. */
export interface Report {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** False: for one run only. */
  readonly takesSeveral: boolean;
  readonly needsLog?: boolean;
  /**
   * @param runs at least one, and exactly one unless `takesSeveral`
   * @throws UserError when the runs have not what this report is about
   */
  render(runs: readonly ReportedRun[], options: ReportOptions): string;
}
