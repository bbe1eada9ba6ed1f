import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { REPORTS } from "../../src/report/registry.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const doc = read("docs/results.md");
const schema = JSON.parse(read("schemas/run-v1.json")) as { properties: Record<string, unknown> };
/** What the tables of the document describe: the code in their first column. */
const described = [...doc.matchAll(/^\| `([^`]+)`/gm)].map((m) => m[1]!);

describe("docs/results.md", () => {
  it("describes every field of run.json, and every form of a report", () => {
    for (const name of [...Object.keys(schema.properties), ...REPORTS.map((r) => r.name)])
      expect(described, name).toContain(name);
  });

  it("describes nothing that does not exist", () => {
    const known = new Set([
      ...Object.keys(schema.properties),
      ...REPORTS.map((r) => r.name),
      "run.json",
      "intervals.hlog",
    ]);
    expect(described.filter((name) => !known.has(name))).toEqual([]);
  });
});
