import { BaseCommand } from "../cli/base.ts";
import { drivers } from "../drivers/registry.ts";
import { targetText } from "../model/target.ts";

export default class Drivers extends BaseCommand {
  static override summary = "List the targets that --on takes.";
  static override description =
    "A target is system[:mode][@client]. The first of a system is what its name alone means. " +
    "A driver of your own is loaded with run's --driver.";
  static override enableJsonFlag = true;

  async run(): Promise<unknown> {
    await this.parse(Drivers);
    const targets = drivers().map((d) => ({ target: targetText(d), summary: d.summary }));
    const width = Math.max(...targets.map((t) => t.target.length));
    if (!this.jsonEnabled())
      for (const { target, summary } of targets) this.out(`${target.padEnd(width)}  ${summary}`);
    return { targets };
  }
}
