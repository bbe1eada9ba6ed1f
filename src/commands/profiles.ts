import { Args } from "@oclif/core";
import { BaseCommand } from "../cli/base.ts";
import { describeProfile, type ProfileDescription } from "../run/plan/describe.ts";
import { readProfile, shippedProfiles } from "../store/profiles.ts";

export default class Profiles extends BaseCommand {
  static override readonly summary = "List the profiles that mqbench ships, or print one.";
  static override readonly description =
    "A profile says what to run. Print one, save it as a file and change it; every key is in docs/profiles.md.";
  static override readonly examples = [
    "<%= config.bin %> <%= command.id %>",
    "<%= config.bin %> <%= command.id %> quick > mine.yaml",
  ];
  static override readonly enableJsonFlag = true;
  static override readonly args = {
    name: Args.string({ ignoreStdin: true, description: "a profile's name or the path of a file" }),
  };

  async run(): Promise<unknown> {
    const { args } = await this.parse(Profiles);
    if (args.name !== undefined) {
      const file = readProfile(args.name);
      const description = describeProfile(file);
      if (!this.jsonEnabled()) this.out(file.text);
      return { ...description, text: file.text };
    }
    const profiles = shippedProfiles().map((name) => describeProfile(readProfile(name)));
    if (!this.jsonEnabled()) this.out(listText(profiles));
    return { profiles };
  }
}

function listText(profiles: readonly ProfileDescription[]): string {
  const width = Math.max(...profiles.map((p) => p.name.length));
  return profiles.map((p) => `${p.name.padEnd(width)}  ${p.summary}`).join("\n");
}
