import { captureOutput } from "@oclif/test";
import { describe, expect, it } from "vitest";
import Explain from "../../src/commands/explain.ts";

async function explain(...argv: string[]) {
  const { error, stdout, stderr } = await captureOutput(() => Explain.run(argv, import.meta.url));
  return { code: (error as { oclif?: { exit?: number } } | undefined)?.oclif?.exit ?? 0, stdout, stderr };
}

describe("mqbench explain", () => {
  it("lists every term with its line", async () => {
    const { code, stdout, stderr } = await explain();
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Words$/m);
    expect(stdout).toMatch(/^ {2}HARNESS_LATE +mqbench itself was late/m);
  });

  it.each([
    [["e2e_response"], "e2e_response"],
    [["E2E-Response"], "e2e_response"],
    [["e2e_response.p99.9"], "e2e_response"],
    [["e2e", "response", "p99"], "e2e_response"],
    [["mqbench", "floor,", "e2e", "p99"], "floor"],
    [["p99.9"], "percentile"],
    [["open", "loop"], "open loop"],
    [["lost"], "LOST"],
    [["closed"], "closed loop"],
    [["CLOSED"], "CLOSED"],
    [["7"], "OVERLOADED"],
    [["fsync-brokers"], "fsync"],
  ])("explains %j", async (argv, term) => {
    const { code, stdout, stderr } = await explain(...argv);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.startsWith(`${term}: `)).toBe(true);
  });

  it("says what a term means, what to do, and where to read on", async () => {
    const { stdout } = await explain("HARNESS_LATE");
    expect(stdout).toMatch(/\n {2}→ Lower the rate/);
    expect(stdout).toMatch(/\n {2}see: +lateness, /);
  });

  it("gives one JSON document, of one term and of all", async () => {
    expect(JSON.parse((await explain("acks", "--json")).stdout)).toMatchObject({
      term: "acks",
      see: ["durability", "NOT_ENOUGH_REPLICAS"],
    });
    const { groups } = JSON.parse((await explain("--json")).stdout) as { groups: { terms: unknown[] }[] };
    expect(groups.flatMap((g) => g.terms).length).toBeGreaterThan(150);
  });

  it.each([
    ["HARNES_LATE", "HARNESS_LATE"],
    ["in flihgt", "in-flight"],
    ["coordinated omision", "coordinated omission"],
  ])("of %s asks whether %s was meant, and exits with 2", async (wrong, right) => {
    const { code, stdout, stderr } = await explain(wrong);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(`Did you mean "${right}"?`);
    const answer = JSON.parse((await explain(wrong, "--json")).stdout) as { error: { code: string } };
    expect(answer.error.code).toBe("UNKNOWN_TERM");
  });

  it("does not guess where nothing is near", async () => {
    const { code, stderr } = await explain("xyzzyplugh");
    expect(code).toBe(2);
    expect(stderr).not.toMatch(/Did you mean/);
    expect(stderr).toMatch(/mqbench explain lists them all/);
  });
});
