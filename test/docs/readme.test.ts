import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { adviseFlags } from "../../src/cli/advise/flags.ts";
import { limitFlags } from "../../src/cli/limit-flags.ts";
import { runFlags } from "../../src/cli/run-flags.ts";
import { EXIT } from "../../src/model/exit.ts";
import { REPORTS } from "../../src/report/registry.ts";
import { shippedProfiles } from "../../src/store/profiles.ts";
import { codeOf, deadLinks, readText, root, tableRows, unexplained } from "./markdown.ts";

const readme = readText("README.md");
const DOCUMENTS = [
  "README.md",
  "docs/architecture.md",
  "docs/measuring.md",
  "docs/environment.md",
  "docs/adding-a-rule.md",
  "docs/evidence.md",
  "results/README.md",
];

function sourceTexts(): readonly string[] {
  return readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readText(join("src", file)));
}

describe("README.md", () => {
  it("gives every exit code a row, and no other number one", () => {
    const codes = Object.values(EXIT).map(String);
    expect(unexplained(codes, readme)).toEqual([]);
    expect([...tableRows(readme).keys()].filter((key) => /^\d+$/.test(key)).sort()).toEqual(codes.sort());
  });

  it("names only commands that there are", () => {
    const commands = readdirSync(join(root, "src/commands")).map((file) => basename(file, ".ts"));
    // A report's own words are no commands.
    const code = codeOf(readme.replaceAll(/```text\n[\s\S]*?```/g, ""));
    const named = [...code.matchAll(/\bmqbench ([a-z]+)/g)].map((m) => m[1]!);
    expect(named).toContain("run");
    expect(named.filter((name) => !commands.includes(name))).toEqual([]);
  });

  it("names only flags that there are", () => {
    const known = [
      ...[runFlags, limitFlags, adviseFlags].flatMap((f) => Object.keys(f)),
      "as",
      "help",
      "json",
    ];
    const named = [...readme.matchAll(/(?<=[\s`])--([a-z][a-z-]*)/g)].map((m) => m[1]!);
    expect(named).toContain("threshold");
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  it("starts with the two commands, and stays short", () => {
    expect(readme).toContain("\nnpm install && npm run quickstart\n");
    expect(readme).toContain("\nnpm install && npm test\n");
    expect(readme.split("\n").length).toBeLessThanOrEqual(220);
  });
});

describe("docs/profiles.md", () => {
  it("lists the shipped profiles", () => {
    expect(unexplained(shippedProfiles(), readText("docs/profiles.md"))).toEqual([]);
  });
});

describe("docs/environment.md", () => {
  it("names every variable of mqbench's own that the code reads", () => {
    // MQBENCH_<FLAG> and MQBENCH_<SYSTEM>_URL are put together, so they have no literal, but that of --agents,
    // which sets two keys. The broker's id is internal.
    const read = sourceTexts().flatMap((text) =>
      [...text.matchAll(/env\.(MQBENCH_[A-Z_]+)/g)].map((m) => m[1]!),
    );
    expect(read).toContain("MQBENCH_CACHE");
    expect(
      unexplained(
        [...new Set(read)].filter((name) => name !== "MQBENCH_AGENTS"),
        readText("docs/environment.md"),
      ),
    ).toEqual([]);
  });
});

describe("results/README.md", () => {
  it("lists every form of report", () => {
    expect(
      unexplained(
        REPORTS.map((r) => r.name),
        readText("results/README.md"),
      ),
    ).toEqual([]);
  });
});

describe.each(DOCUMENTS)("%s", (path) => {
  it("has no link that leads nowhere", () => {
    expect(deadLinks(path)).toEqual([]);
  });

  it("has no path of one machine", () => {
    expect(readText(path)).not.toMatch(/(^|[\s`(])\/(home|root|work|tmp|Users)\//m);
  });
});

it("finds a link that leads nowhere", () => {
  const text = "[a](../README.md) [b](nowhere.md#part) [c](https://example.org/x)";
  expect(deadLinks("docs/measuring.md", text)).toEqual(["nowhere.md"]);
});
