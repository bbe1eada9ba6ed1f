import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base.ts";
import { terminalStyle } from "../cli/terminal.ts";
import { messageOf, UserError } from "../model/errors.ts";
import { LATENCIES, type LatencyName } from "../model/metric.ts";
import { REPORTS } from "../report/registry.ts";
import type { Report, ReportedRun } from "../report/report.ts";
import { PLAIN } from "../report/style.ts";
import { writeAtomically } from "../store/atomic.ts";
import { readLog, readRuns, type StoredRun } from "../store/read.ts";

const NAMES = REPORTS.map((report) => report.name);

export default class ReportCommand extends BaseCommand {
  static override summary = "Say again, in another form, what a run found.";
  static override description = [
    "Everything comes from the run's folder; no broker is needed. RUN is a run's folder, its run.json, or a series' folder.",
    "It ends with 0 whatever the run's verdict was: the verdict is in the report.",
    ...REPORTS.map((report) => `${report.name}: ${report.summary}`),
  ].join("\n\n");
  static override examples = [
    {
      description: "The report that the run itself printed",
      command: "<%= config.bin %> report results/RUN",
    },
    {
      description: "The summary of a CI step",
      command: '<%= config.bin %> report results/RUN --as markdown >> "$GITHUB_STEP_SUMMARY"',
    },
    {
      description: "A percentile plot",
      command: "<%= config.bin %> report results/RUN --as hgrm -o e2e_response.ms.hgrm",
    },
  ];
  static override enableJsonFlag = true;
  static override args = {
    run: Args.string({
      ignoreStdin: true,
      required: true,
      description: "a folder under results/, or a run.json",
    }),
  };
  static override flags = {
    as: Flags.string({ options: NAMES, description: `the form; without it ${NAMES[0]}, with --json json` }),
    out: Flags.string({ char: "o", helpValue: "PATH", description: "file to write, instead of stdout" }),
    metric: Flags.string({
      options: [...LATENCIES],
      default: "e2e_response",
      description: "the latency of forms that are about one",
    }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ReportCommand);
    const report = reportOf(flags.as, this.jsonEnabled(), flags.out);
    const runs = await read(args.run, report);
    const text = report.render(runs, {
      style: flags.out === undefined ? terminalStyle(process.stdout, process.env) : PLAIN,
      metric: flags.metric as LatencyName,
    });
    if (flags.out !== undefined) {
      await write(flags.out, text);
      this.note(`${report.name} report written to ${flags.out}`);
      return { report: report.name, path: flags.out };
    }
    if (this.jsonEnabled()) return JSON.parse(text);
    this.out(text);
    return undefined;
  }
}

/** With --json stdout is one JSON document: another form fits there only where it goes to a file. */
function reportOf(name: string | undefined, isJson: boolean, out: string | undefined): Report {
  const wanted = name ?? (isJson ? "json" : NAMES[0]);
  if (isJson && wanted !== "json" && out === undefined)
    throw new UserError(`--json prints JSON, --as ${wanted} is another form`, {
      code: "TWO_FORMS",
      hints: ["Leave one of them out, or send the report to a file with -o PATH."],
    });
  return REPORTS.find((report) => report.name === wanted)!;
}

async function read(path: string, report: Report): Promise<readonly ReportedRun[]> {
  const stored = await readRuns(path);
  if (!report.takesSeveral && stored.length > 1) throw tooMany(report, stored, path);
  return Promise.all(
    stored.map(async (run) => {
      const log = report.needsLog ? await readLog(run) : undefined;
      return { result: run.result, folder: run.folder, ...(log === undefined ? {} : { log }) };
    }),
  );
}

function tooMany(report: Report, runs: readonly StoredRun[], path: string): UserError {
  return new UserError(`a report as ${report.name} is about one run, ${path} has ${runs.length}`, {
    code: "ONE_RUN_ONLY",
    hints: [`Give one of ${runs.map((r) => r.folder).join(", ")}.`],
  });
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeAtomically(path, text);
  } catch (cause) {
    throw new UserError(`cannot write ${path}: ${messageOf(cause)}`, {
      code: "NOT_WRITABLE",
      hints: ["Give -o the path of a file in a folder that exists and can be written."],
      cause,
    });
  }
}
