import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureOutput } from "@oclif/test";
import { afterEach, describe, expect, it } from "vitest";
import Profiles from "../../src/commands/profiles.ts";

const run = (...argv: string[]) => captureOutput(() => Profiles.run(argv, import.meta.url));
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "mqbench-profiles-"));
  folders.push(folder);
  const path = join(folder, "mine.yaml");
  writeFileSync(path, text);
  return path;
}

describe("mqbench profiles", () => {
  it("lists every shipped profile with its summary, the default first", async () => {
    const { stdout, stderr, error } = await run();
    expect(error).toBeUndefined();
    expect(stderr).toBe("");
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^quick +a first honest result/);
    for (const name of ["throughput", "order-events", "work-queue"])
      expect(lines.filter((line) => line.startsWith(`${name} `))).toHaveLength(1);
  });

  it("lists them as one JSON document", async () => {
    const { stdout } = await run("--json");
    const { profiles } = JSON.parse(stdout) as { profiles: { name: string; targets: string[] }[] };
    expect(profiles[0]).toMatchObject({ name: "quick", file: "profiles/quick.yaml" });
    expect(profiles[0]!.targets).toContain("kafka");
  });

  it("prints one byte for byte, so that it can be saved and changed", async () => {
    const text = readFileSync(new URL("../../profiles/quick.yaml", import.meta.url), "utf8");
    expect((await run("quick")).stdout).toBe(text);
  });

  it("prints a file of the user's own", async () => {
    const { stdout } = await run(fileWith("summary: mine\nextends: quick\n"), "--json");
    expect(JSON.parse(stdout)).toMatchObject({ name: "mine", summary: "mine", extends: "quick", notes: "" });
  });

  it.each([
    ["fast", 'Error: there is no profile "fast"\n  → Choose one of quick, backlog-drain,'],
    ["./nowhere.yaml", "Error: cannot read the profile nowhere.yaml: ENOENT"],
  ])("says what there is instead of %s, and exits with 2", async (name, want) => {
    const { stdout, stderr, error } = await run(name);
    expect(stdout).toBe("");
    expect(stderr).toContain(want);
    expect(error?.oclif?.exit).toBe(2);
  });

  it("says where a file is no YAML", async () => {
    const path = fileWith("load: [\n");
    const { stdout, stderr, error } = await run(path);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/mine\.yaml:2:1: .+/);
    expect(error?.oclif?.exit).toBe(2);
    const broken = await run(path, "--json");
    expect(JSON.parse(broken.stdout)).toMatchObject({ error: { code: "BAD_PLAN", exitCode: 2 } });
  });
});
