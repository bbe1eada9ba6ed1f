import { Args } from "@oclif/core";
import { brokerSystems } from "../brokers/catalogue.ts";
import { thisHost } from "../brokers/host.ts";
import { type BrokerStatus, takeDown } from "../brokers/up.ts";
import { BaseCommand } from "../cli/base.ts";

const SYSTEMS = brokerSystems().map(({ system }) => system);

export default class Down extends BaseCommand {
  static override summary = "Stop the local brokers that are up and remove their data.";
  static override examples = ["<%= config.bin %> down", "<%= config.bin %> down kafka"];
  static override enableJsonFlag = true;
  static override strict = false;
  static override args = {
    system: Args.string({
      ignoreStdin: true,
      description: `Any of ${SYSTEMS.join(", ")}; all when none is named.`,
    }),
  };

  async run(): Promise<{ brokers: readonly BrokerStatus[] }> {
    const { argv } = await this.parse(Down);
    const work = { host: thisHost(), signal: this.signal, onProgress: (line: string) => this.note(line) };
    const brokers = await takeDown(argv as string[], work);
    if (brokers.length === 0) this.note("nothing was up");
    return { brokers };
  }
}
