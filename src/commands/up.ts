import { Args, Flags } from "@oclif/core";
import { brokerSystems } from "../brokers/catalogue.ts";
import { thisHost } from "../brokers/host.ts";
import { bringUp, type UpResult } from "../brokers/up.ts";
import { BaseCommand } from "../cli/base.ts";

const SYSTEMS = brokerSystems().map(({ system }) => system);
const VERSIONS = brokerSystems().map(({ system, versions }) => `${system} ${versions.join(", ")}`);

export default class Up extends BaseCommand {
  static override summary = "Start local brokers that stay up between runs.";
  static override description =
    "They listen on 127.0.0.1 only, need neither root nor Docker, and are downloaded when they are first used. " +
    "One that is already up is left alone. Prints one line for each: its system and its URL.";
  static override examples = [
    { description: "Start all systems", command: "<%= config.bin %> up" },
    { description: "An older RabbitMQ", command: "<%= config.bin %> up rabbitmq --version host" },
  ];
  static override enableJsonFlag = true;
  static override strict = false;
  static override args = {
    system: Args.string({
      ignoreStdin: true,
      description: `Any of ${SYSTEMS.join(", ")}; all when none is named.`,
    }),
  };
  static override flags = {
    version: Flags.string({
      description: `Which version to start, the default first: ${VERSIONS.join("; ")}.`,
    }),
  };

  async run(): Promise<{ brokers: readonly UpResult[] }> {
    const { argv, flags } = await this.parse(Up);
    const work = { host: thisHost(), signal: this.signal, onProgress: (line: string) => this.note(line) };
    const brokers: UpResult[] = [];
    for (const system of argv.length > 0 ? (argv as string[]) : SYSTEMS) {
      const broker = await bringUp(system, flags.version, work);
      brokers.push(broker);
      this.note(`${system} ${broker.version} ${broker.wasUp ? "was already up" : "is up"}`);
      if (!this.jsonEnabled()) this.out(`${system} ${broker.url}`);
    }
    return { brokers };
  }
}
