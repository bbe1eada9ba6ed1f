import { Args, Flags } from "@oclif/core";
import { brokerSystems, findSystem } from "../brokers/catalogue.ts";
import { thisHost } from "../brokers/host.ts";
import { nodesText, wantedNodes } from "../brokers/nodes.ts";
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
    {
      description: "A cluster of each, which survives the loss of a node",
      command: "<%= config.bin %> up --nodes 3",
    },
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
    nodes: Flags.string({
      helpValue: "1|3",
      description:
        "How many nodes each broker has, all on this machine: 1 unless one is up. With 3, Kafka keeps three copies " +
        "(two in sync) and quorum queues have three members.",
    }),
    version: Flags.string({
      description: `Which version to start, the default first: ${VERSIONS.join("; ")}.`,
    }),
  };

  async run(): Promise<{ brokers: readonly UpResult[] }> {
    const { argv, flags } = await this.parse(Up);
    const systems = argv.length > 0 ? (argv as string[]) : SYSTEMS;
    for (const system of systems) findSystem(system);
    const wish = { version: flags.version, nodes: wantedNodes(flags.nodes, systems, new Map()) };
    const work = { host: thisHost(), signal: this.signal, onProgress: (line: string) => this.note(line) };
    const brokers: UpResult[] = [];
    for (const system of systems) {
      const broker = await bringUp(system, wish, work);
      brokers.push(broker);
      const nodes = broker.nodes.length === 1 ? "" : `, ${nodesText(broker.nodes.length)},`;
      this.note(`${system} ${broker.version}${nodes} ${broker.wasUp ? "was already up" : "is up"}`);
      if (!this.jsonEnabled()) this.out(`${system} ${broker.url}`);
    }
    return { brokers };
  }
}
