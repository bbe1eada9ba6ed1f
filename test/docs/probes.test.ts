import { describe, expect, it } from "vitest";
import Probe from "../../src/commands/probe.ts";
import { PROBES } from "../../src/probes/registry.ts";
import { deadLinks, readText, unexplained } from "./markdown.ts";

const doc = readText("docs/probes.md");

describe("docs/probes.md", () => {
  it("has a section for each probe, and explains each verdict", () => {
    const sections = [...doc.matchAll(/^## (.+)$/gm)].map((m) => m[1]!);
    expect(sections).toEqual(expect.arrayContaining(PROBES.map((p) => p.name)));
    expect(unexplained(["supported", "refuted", "depends", "not-testable"], doc)).toEqual([]);
  });

  it("names only flags that there are", () => {
    const named = [...doc.matchAll(/(?<=[\s`])--([a-z][a-z-]*)/g)].map((m) => m[1]!);
    // Of a tool that comes with Kafka.
    const known = [...Object.keys(Probe.flags), "json", "reset-offsets"];
    expect(named).toContain("on");
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  it("has no dead link", () => {
    expect(deadLinks("docs/probes.md")).toEqual([]);
  });
});
