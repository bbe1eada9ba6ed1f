import { givenUrls } from "../brokers/given.ts";
import { wantedNodes } from "../brokers/nodes.ts";
import { BaseCommand } from "../cli/base.ts";
import { limitArgs, limitFlags } from "../cli/limit-flags.ts";
import { createLimitProgress } from "../cli/limit-progress.ts";
import { terminalStyle } from "../cli/terminal.ts";
import type { LimitSearch } from "../run/limit/request.ts";

export default class Limit extends BaseCommand {
  static override summary = "Find the highest rate at which a target keeps an objective.";
  static override description =
    "Runs a profile at one rate after another: doubling until something fails, then halving the gap, then the found rate " +
    "once more. Each step is a run with every message checked, and a folder beside limit.json. A rate holds if its " +
    "objectives and guarantees held, 99 % of what was due was sent, and no backlog grew. docs/limit.md says more. " +
    "Exit codes: 0 found, 1 not even the lowest rate holds, 2 bad input, 3 the steps contradict each other, 6 broker.";
  static override examples = [
    {
      description: "How much Kafka takes before one message in a hundred needs more than 20 ms",
      command: "<%= config.bin %> limit --on kafka --slo 'e2e_response.p99 < 20ms'",
    },
    {
      description: "Side by side, coarser and quicker",
      command:
        "<%= config.bin %> limit --on rabbitmq:quorum --on rabbitmq:classic --slo 'e2e_response.p99 < 20ms' --precision 20% --step-duration 5s",
    },
  ];
  static override enableJsonFlag = true;
  static override args = limitArgs;
  static override flags = limitFlags;

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Limit);
    // Loaded here: a search brings everything that runs, and --help needs none of it.
    const { prepareLimit } = await import("../run/limit/request.ts");
    const search = await prepareLimit(
      { profile: args.profile, flags: planFlags(flags), driver: flags.driver, env: process.env },
      flags,
    );
    const urls = givenUrls(flags.url ?? [], process.env);
    const systems = search.set.runs.map(({ plan }) => plan.target.system);
    const nodes = wantedNodes(flags.nodes, systems, urls);
    if (flags["dry-run"]) return this.#dryRun(search);
    const { runLimit } = await import("../run/limit/run-limit.ts");
    const { commandLine, stepCommand } = await import("../cli/command-line.ts");
    const done = await runLimit({
      search,
      urls,
      nodes,
      out: flags.out ?? process.env.MQBENCH_OUT ?? "results",
      command: commandLine("limit", this.argv, process.env),
      stepCommand: (planned, plan) =>
        stepCommand({
          profile: args.profile,
          planned,
          plan,
          objectives: flags.slo,
          url: flags.url,
          nodes: flags.nodes,
          driver: flags.driver,
        }),
      signal: this.signal,
      watch: createLimitProgress({
        isTerminal: process.stderr.isTTY === true && !process.env.CI && process.env.TERM !== "dumb",
        columns: process.stderr.columns ?? 80,
        write: (text) => process.stderr.write(text),
      }),
    });
    for (const trouble of done.troubles) this.note(`Warning: ${trouble}`);
    if (!this.jsonEnabled()) {
      const { renderLimit } = await import("../report/limit.ts");
      const style = terminalStyle(process.stdout, process.env);
      this.out(renderLimit(done.result, { ...style, folder: done.folder }));
    }
    // What a signal cut short is a result of its own, with the curve so far.
    if (done.error !== undefined && !this.signal.aborted) throw done.error;
    if (this.jsonEnabled()) this.logJson(done.result);
    const { code } = done.result.exit;
    if (code !== 0 || this.jsonEnabled()) await this.leave(code);
    return done.result;
  }

  async #dryRun(search: LimitSearch): Promise<unknown> {
    const { limitPlanJson, renderLimitPlan } = await import("../run/limit/render-plan.ts");
    if (!this.jsonEnabled()) this.out(renderLimitPlan(search));
    return limitPlanJson(search);
  }
}

/** What a plan is resolved from: the search's own flags are not the profile's. */
function planFlags<T extends object>(
  flags: T,
): Omit<T, "slo" | "from" | "to" | "precision" | "step-duration"> {
  const { slo, from, to, precision, "step-duration": _, ...rest } = flags as T & Record<string, unknown>;
  return rest as Omit<T, "slo" | "from" | "to" | "precision" | "step-duration">;
}
