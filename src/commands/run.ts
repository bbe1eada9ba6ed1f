import { givenUrls } from "../brokers/given.ts";
import { wantedNodes } from "../brokers/nodes.ts";
import { BaseCommand } from "../cli/base.ts";
import { caseCommand, commandLine } from "../cli/command-line.ts";
import { createProgress } from "../cli/progress.ts";
import { runArgs, runFlags } from "../cli/run-flags.ts";
import { terminalStyle } from "../cli/terminal.ts";
import { exitCode } from "../model/exit.ts";
import type { RunResult } from "../model/result.ts";
import { renderSeries } from "../report/matrix.ts";
import { renderRun } from "../report/text.ts";
import type { FloorMode } from "../run/floor.ts";
import { isMatrix, matrixExit } from "../run/matrix-exit.ts";
import { plansJson, renderPlans } from "../run/plan/render.ts";
import type { PlanSet } from "../run/plan/resolve.ts";
import { requirePossible } from "../run/possible-faults.ts";
import { preparePlans } from "../run/prepare.ts";
import { runAll } from "../run/run-all.ts";

/** Of a matrix nobody asks how near its numbers are to the harness's own, unless they say so. */
function floorMode(flag: boolean | undefined, set: PlanSet): FloorMode {
  if (flag !== undefined) return flag ? "always" : "never";
  return set.runs.some((r) => r.plan.row !== undefined) ? "never" : "auto";
}

export default class Run extends BaseCommand {
  static override summary = "Run a profile on one or several targets, and judge every message.";
  static override description =
    "Without a profile it runs `quick`. A broker that is not given by --url and not up is started and stopped again. " +
    "The report goes to stdout, progress to stderr, everything measured to a folder under results/. " +
    "Exit codes: 0 pass, 1 a threshold or guarantee failed, 2 bad input, 3 invalid, 6 broker, 7 overloaded.";
  static override examples = [
    { description: "Kafka and RabbitMQ side by side, in about a minute", command: "<%= config.bin %> run" },
    {
      description: "Latency at a rate, with a gate for CI",
      command:
        "<%= config.bin %> run latency --on rabbitmq:quorum --rate 2k/s --threshold 'e2e_response.p99 < 50ms'",
    },
    {
      description: "What each guarantee keeps and costs, under faults; predicted against observed",
      command: "<%= config.bin %> run guarantees --on kafka",
    },
    {
      description: "A broker of your own",
      command: "<%= config.bin %> run throughput --on kafka --url kafka=broker1:9092",
    },
  ];
  static override enableJsonFlag = true;
  static override args = runArgs;
  static override flags = runFlags;

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Run);
    const set = await preparePlans({ profile: args.profile, flags, driver: flags.driver, env: process.env });
    const urls = givenUrls(flags.url ?? [], process.env);
    const systems = set.runs.map(({ plan }) => plan.target.system);
    const nodes = wantedNodes(flags.nodes, systems, urls);
    requirePossible(
      set.runs.map((r) => r.plan),
      urls,
      nodes,
    );
    if (flags["dry-run"]) {
      if (!this.jsonEnabled()) this.out(renderPlans(set));
      return plansJson(set);
    }
    const done = await runAll({
      set,
      urls,
      nodes,
      fromFlags: flags.threshold ?? [],
      out: flags.out ?? process.env.MQBENCH_OUT ?? "results",
      command: commandLine("run", this.argv, process.env),
      commandOf: (planned) => caseCommand({ profile: args.profile, planned, flags }),
      isStrict: flags.strict,
      floor: floorMode(flags.floor, set),
      signal: this.signal,
      watch: createProgress({
        isTerminal: process.stderr.isTTY === true && !process.env.CI && process.env.TERM !== "dumb",
        columns: process.stderr.columns ?? 80,
        write: (text) => process.stderr.write(text),
      }),
    });
    for (const trouble of done.troubles) this.note(`Warning: ${trouble}`);
    const results = done.runs.map((run) => run.result);
    if (!this.jsonEnabled())
      this.#print(
        results,
        done.runs.map((r) => r.folder),
      );
    if (done.error !== undefined) throw done.error;
    const code = isMatrix(results)
      ? matrixExit(results, flags.strict)
      : exitCode(results.flatMap((r) => r.exit.reasons));
    if (this.jsonEnabled()) this.logJson(results.length === 1 ? results[0] : results);
    if (code !== 0 || this.jsonEnabled()) await this.leave(code);
    return results;
  }

  #print(results: readonly RunResult[], folders: readonly string[]): void {
    const style = terminalStyle(process.stdout, process.env);
    const [first, second] = results;
    if (first === undefined) return;
    this.out(
      second === undefined
        ? renderRun(first, { ...style, ...(folders[0] === undefined ? {} : { folder: folders[0] }) })
        : renderSeries(results, { ...style, folders }),
    );
  }
}
