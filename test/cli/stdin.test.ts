import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Args, type Command } from "@oclif/core";
import { expect, it } from "vitest";

const folder = fileURLToPath(new URL("../../src/commands", import.meta.url));

/** Arguments that oclif would read from stdin, and so take from a loop in a shell. */
function greedy(args: Command.Class["args"]): readonly string[] {
  return Object.entries(args ?? {}).flatMap(([name, arg]) => (arg.ignoreStdin ? [] : [name]));
}

it.each(readdirSync(folder))("%s leaves stdin alone", async (file) => {
  const { default: command } = (await import(`${folder}/${file}`)) as { default: Command.Class };
  expect(greedy(command.args)).toEqual([]);
});

it("an argument that reads stdin would be noticed", () => {
  expect(greedy({ name: Args.string() })).toEqual(["name"]);
});
