import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base.ts";
import { terminalStyle } from "../cli/terminal.ts";
import { EXIT } from "../model/exit.ts";

export default class Doctor extends BaseCommand {
  static override summary = "Say whether this machine is fit to measure, and what to mend.";
  static override description =
    "Looks at cores, pressure, steal, clocks, memory, disks, limits and programs for about three seconds. " +
    "It changes nothing but for a small file that it writes, flushes and removes again. " +
    "Exit codes: 0 fit, 3 what is measured here now would be invalid.";
  static override examples = [
    "<%= config.bin %> doctor",
    { description: "With the harness's own limits", command: "<%= config.bin %> doctor --calibrate" },
    {
      description: "What is wrong, for a script",
      command: "<%= config.bin %> doctor --json | jq '.checks[] | select(.verdict != \"ok\")'",
    },
  ];
  static override enableJsonFlag = true;
  static override flags = {
    calibrate: Flags.boolean({
      description: "also run mqbench against nothing for a few seconds: its own ceiling and floor here",
    }),
    out: Flags.string({ helpValue: "DIR", description: "folder that runs would write to" }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(Doctor);
    // Loaded late: help and the other commands need none of it.
    const [{ examine }, { thisHost }] = await Promise.all([
      import("../doctor/examine.ts"),
      import("../brokers/host.ts"),
    ]);
    const host = thisHost();
    const onProgress = (line: string): void => this.note(line);
    const calibrate = async () => {
      const run = await import("../run/calibrate.ts");
      const { version } = this.config;
      return run.calibrate({ cacheDir: host.cacheDir, version, signal: this.signal, onProgress });
    };
    const result = await examine({
      work: { host, signal: this.signal, onProgress },
      resultsDir: flags.out ?? process.env.MQBENCH_OUT ?? "results",
      ...(flags.calibrate ? { calibrate } : {}),
    });
    if (!this.jsonEnabled()) {
      const { doctorText } = await import("../cli/doctor-text.ts");
      this.out(doctorText(result, terminalStyle(process.stdout, process.env)));
    }
    if (result.isFit) return result;
    // With --json a command that returns would end with 0.
    if (this.jsonEnabled()) this.logJson(result);
    this.exit(EXIT.invalid);
  }
}
