import { Args, Flags } from "@oclif/core";
import { givenUrls } from "../brokers/given.ts";
import { BaseCommand } from "../cli/base.ts";
import { commandLine } from "../cli/command-line.ts";
import { terminalStyle } from "../cli/terminal.ts";
import { EXIT } from "../model/exit.ts";

export default class Probe extends BaseCommand {
  static override summary = "Ask real brokers what they do: replay, scale, routing, priority.";
  static override description =
    "Each probe is a small experiment about one sentence. Its verdict, supported, refuted or depends, rests on counts, so " +
    "it is the same on a slow machine. Without a name it lists the probes. A broker that is not given by --url and not up " +
    "is started and stopped again. Exit codes: 0 each verdict is what the broker's documentation makes us expect, " +
    "1 one is not, 2 bad input, 6 broker.";
  static override examples = [
    { description: "What there is to ask", command: "<%= config.bin %> probe" },
    {
      description: "Can what was read be read again?",
      command: "<%= config.bin %> probe replay --on kafka --on rabbitmq:quorum",
    },
    {
      description: "Where an urgent message comes in a backlog, on a broker of your own",
      command:
        "<%= config.bin %> probe priority --on rabbitmq:classic --url rabbitmq=amqp://user@host:5672/vhost",
    },
  ];
  static override enableJsonFlag = true;
  static override strict = false;
  static override args = {
    name: Args.string({ ignoreStdin: true, description: "Any of the probes; without one they are listed." }),
  };
  static override flags = {
    on: Flags.string({
      multiple: true,
      helpValue: "SYSTEM[:MODE]",
      description:
        "what to ask, such as kafka or rabbitmq:quorum; repeat it for several; all when there is none",
    }),
    url: Flags.string({
      multiple: true,
      helpValue: "SYSTEM=URL",
      description: "address of a broker of your own; without it mqbench starts a local one",
    }),
    out: Flags.string({ helpValue: "DIR", description: "folder for the results" }),
  };

  async run(): Promise<unknown> {
    const { argv, flags } = await this.parse(Probe);
    // Loaded late: help and the other commands need none of it.
    const { requestedProbes } = await import("../probes/request.ts");
    const names = argv as readonly string[];
    const { probes, modes } = requestedProbes(names, flags.on ?? []);
    const urls = givenUrls(flags.url ?? [], process.env);
    if (names.length === 0) return this.#list();
    const { runProbes } = await import("../probes/run-probes.ts");
    const done = await runProbes({
      probes,
      modes,
      urls,
      out: flags.out ?? process.env.MQBENCH_OUT ?? "results",
      command: commandLine("probe", this.argv, process.env),
      signal: this.signal,
      note: (line) => this.note(line),
    });
    for (const trouble of done.troubles) this.note(`Warning: ${trouble}`);
    const { readClaims } = await import("../advisor/input/read-knowledge.ts");
    const { isAsExpected, renderProbes } = await import("../report/probe.ts");
    if (!this.jsonEnabled() && done.result.rows.length > 0) {
      const claims = new Map(readClaims().map((c) => [c.id, c.claim]));
      const style = terminalStyle(process.stdout, process.env);
      this.out(renderProbes(done.result, { ...style, folder: done.folder, claims }));
    }
    if (done.error !== undefined) throw done.error;
    const code = done.result.rows.every(isAsExpected) ? EXIT.pass : EXIT.failed;
    if (this.jsonEnabled()) this.logJson(done.result);
    if (code !== 0 || this.jsonEnabled()) await this.leave(code);
    return done.result;
  }

  async #list(): Promise<unknown> {
    const { PROBES } = await import("../probes/registry.ts");
    const { modeText, probedModes } = await import("../probes/request.ts");
    const { probeListText } = await import("../cli/probe-list.ts");
    const list = PROBES.map(({ name, sentence, does, claims }) => ({ name, sentence, does, claims }));
    const modes = probedModes().map(modeText);
    if (!this.jsonEnabled()) this.out(probeListText(list, modes));
    return { probes: list, modes };
  }
}
