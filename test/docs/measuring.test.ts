import { describe, expect, it } from "vitest";
import { LATENCIES, LATENCY_MEANING } from "../../src/model/metric.ts";
import { DURABILITIES } from "../../src/model/topology.ts";
import { literalsOf, readText, tableRows, unexplained } from "./markdown.ts";

const doc = readText("docs/measuring.md");
const result = readText("src/model/result.ts");

/** Codes of the warnings that a source file makes. */
function warningCodes(path: string): readonly string[] {
  return [...readText(path).matchAll(/\bcode: "([A-Z_]+)"/g)].map((m) => m[1]!);
}

describe("docs/measuring.md", () => {
  it("explains every latency in the words of the code", () => {
    const rows = tableRows(doc);
    for (const name of LATENCIES) expect(rows.get(name)?.[1]).toBe(LATENCY_MEANING[name]);
  });

  it("explains every finding", () => {
    const codes = literalsOf("FindingCode", result);
    expect(codes).toContain("LOST");
    expect(unexplained(codes, doc)).toEqual([]);
  });

  it("explains every outcome", () => {
    const outcomes = literalsOf("Outcome", readText("src/drivers/driver.ts"));
    expect(outcomes).toHaveLength(4);
    expect(unexplained(outcomes, doc)).toEqual([]);
  });

  it("explains every warning of a run", () => {
    const codes = ["run/warnings", "run/invalid-warnings", "run/run-one", "verify/causes"].flatMap((file) =>
      warningCodes(`src/${file}.ts`),
    );
    for (const code of ["HARNESS_LATE", "CPU_PRESSURE", "CLOCK_ANOMALY"]) expect(codes).toContain(code);
    expect(unexplained(codes, doc)).toEqual([]);
  });

  it("explains every schedule", () => {
    const schema = JSON.parse(readText("schemas/profile-v1.json")) as {
      properties: { load: { properties: { schedule: { enum: readonly string[] } } } };
    };
    const kinds = schema.properties.load.properties.schedule.enum;
    expect(kinds).toContain("poisson");
    expect(unexplained(kinds, doc)).toEqual([]);
  });

  it("says what an acknowledgement means at every durability, for every target that is shipped", () => {
    const targets = [...readText("src/drivers/registry.ts").matchAll(/system: "(\w+)",\s+mode: "(\w+)"/g)];
    expect(targets.length).toBeGreaterThan(2);
    const rows = tableRows(doc);
    for (const [, system, mode] of targets)
      expect(rows.get(`${system}:${mode}`)).toHaveLength(1 + DURABILITIES.length);
  });

  it("would miss a code that is not there", () => {
    expect(unexplained(["LOST", "MISLAID"], doc)).toEqual(["MISLAID"]);
  });
});
