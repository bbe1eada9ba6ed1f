import { Args } from "@oclif/core";
import { BaseCommand } from "../cli/base.ts";
import { terminalStyle } from "../cli/terminal.ts";

export default class Explain extends BaseCommand {
  static override summary = "Say what a word, a metric or a code that mqbench prints means.";
  static override description = "Without a term it lists them all.";
  static override examples = [
    "<%= config.bin %> explain",
    "<%= config.bin %> explain e2e_response",
    "<%= config.bin %> explain HARNESS_LATE",
    { description: "Words with a space need no quotes", command: "<%= config.bin %> explain open loop" },
  ];
  static override enableJsonFlag = true;
  static override strict = false;
  static override args = {
    // Without this, oclif waits for one on stdin where that is no terminal.
    term: Args.string({
      description: "as it is printed, in any case; all when none is named",
      ignoreStdin: true,
    }),
  };

  async run(): Promise<unknown> {
    const { argv } = await this.parse(Explain);
    // Loaded late: help and the other commands need none of it.
    const [{ readTerms }, { findTerm }, { termList, termText }] = await Promise.all([
      import("../explain/terms.ts"),
      import("../explain/find-term.ts"),
      import("../cli/explain-text.ts"),
    ]);
    const groups = readTerms();
    const style = terminalStyle(process.stdout, process.env);
    if (argv.length === 0) {
      if (!this.jsonEnabled()) this.out(termList(groups, style));
      return { groups };
    }
    const term = findTerm(argv.join(" "), groups);
    if (!this.jsonEnabled()) this.out(termText(term, style));
    return term;
  }
}
