import { Args } from "@oclif/core";
import { brokerSystems } from "../brokers/catalogue.ts";
import { thisHost } from "../brokers/host.ts";
import { type BrokerStatus, listUp, type NodeStatus } from "../brokers/up.ts";
import { BaseCommand } from "../cli/base.ts";
import { formatSize } from "../model/units.ts";

const SYSTEMS = brokerSystems().map(({ system }) => system);

export default class Status extends BaseCommand {
  static override summary = "List the local brokers that are up.";
  static override examples = ["<%= config.bin %> status", "<%= config.bin %> status --json"];
  static override enableJsonFlag = true;
  static override strict = false;
  static override args = {
    system: Args.string({
      ignoreStdin: true,
      description: `Any of ${SYSTEMS.join(", ")}; all when none is named.`,
    }),
  };

  async run(): Promise<{ brokers: readonly BrokerStatus[] }> {
    const { argv } = await this.parse(Status);
    const work = { host: thisHost(), signal: this.signal, onProgress: (line: string) => this.note(line) };
    const brokers = await listUp(argv as string[], work);
    if (this.jsonEnabled()) return { brokers };
    if (brokers.length === 0) this.note('no broker is up; "mqbench up" starts them');
    for (const broker of brokers) this.out(statusText(broker));
    return { brokers };
  }
}

function statusText(broker: BrokerStatus): string {
  const lines = [
    `${broker.system} ${broker.version}`,
    `  url     ${broker.url}`,
    ...(broker.managementUrl === undefined ? [] : [`  web     ${broker.managementUrl}`]),
    ...broker.nodes.flatMap(nodeLines),
    `  memory  ${formatSize(broker.memoryBytes, " ")}`,
    `  data    ${broker.dataDir}`,
    `  since   ${broker.sinceIso}`,
  ];
  return lines.join("\n");
}

function nodeLines({ name, ownName, state, ports, pids }: NodeStatus): readonly string[] {
  const processes = pids.length === 0 ? "no process" : `pid ${pids[0]}`;
  const numbers = Object.entries(ports).map(([use, port]) => `${use} ${port}`);
  return [`  ${name}  ${state}, ${processes}`, `          ${ownName}: ${numbers.join(", ")}`];
}
