import { describe, expect, it } from "vitest";
import { limitFlags } from "../../src/cli/limit-flags.ts";
import { runFlags } from "../../src/cli/run-flags.ts";
import { deadLinks, readText } from "./markdown.ts";

const doc = readText("docs/limit.md");

describe("docs/limit.md", () => {
  it("names only flags that there are, and each that only a search has", () => {
    const named = [...doc.matchAll(/(?<=[\s`])--([a-z][a-z-]*)/g)].map((m) => m[1]!);
    const known = [...Object.keys(limitFlags), ...Object.keys(runFlags), "json"];
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    const own = Object.keys(limitFlags).filter((name) => !(name in runFlags) && name !== "step-duration");
    expect(own).toEqual(expect.arrayContaining(["slo", "from", "to", "precision"]));
    expect(own.filter((name) => !named.includes(name))).toEqual([]);
  });

  it("has no dead link, and stays short", () => {
    expect(deadLinks("docs/limit.md")).toEqual([]);
    expect(doc.split("\n").length).toBeLessThanOrEqual(81);
  });
});
