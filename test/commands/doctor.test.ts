import { captureOutput } from "@oclif/test";
import { afterEach, describe, expect, it, vi } from "vitest";
import Doctor from "../../src/commands/doctor.ts";
import type { Examination } from "../../src/doctor/check.ts";
import { judge } from "../../src/doctor/judge.ts";
import { FIT, machine } from "../doctor/facts.ts";
import { temporaryFolder } from "../support/run.ts";

const EXAMINE = "../../src/doctor/examine.ts";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function doctor(...argv: string[]): Promise<Outcome> {
  const { error, stdout, stderr } = await captureOutput(() => Doctor.run(argv, import.meta.url));
  return { code: (error as { oclif?: { exit?: number } } | undefined)?.oclif?.exit ?? 0, stdout, stderr };
}

afterEach(() => {
  vi.doUnmock(EXAMINE);
  vi.resetModules();
});

describe("mqbench doctor", () => {
  it("prints the verdict first on stdout and progress on stderr, and ends as the verdict says", async () => {
    const { code, stdout, stderr } = await doctor("--out", temporaryFolder());
    expect(stdout).toMatch(/^(FIT|FIT, WITH CARE|NOT FIT) {2}/);
    expect(code).toBe(stdout.startsWith("NOT FIT") ? 3 : 0);
    expect(stderr).toMatch(/watching the machine/);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("prints one JSON document of the same checks", async () => {
    const { code, stdout } = await doctor("--json", "--out", temporaryFolder());
    const { isFit, checks } = JSON.parse(stdout) as Examination;
    expect(code).toBe(isFit ? 0 : 3);
    expect(checks.length).toBeGreaterThan(15);
    for (const check of checks) {
      expect(check).toMatchObject({ id: expect.stringMatching(/^[a-z-]+$/), found: expect.any(String) });
      if (check.verdict !== "ok") expect(check.fix).not.toBe("");
    }
  });

  it.each([
    ["0 on a machine without a fault", FIT, 0],
    ["0 where there is something to bear in mind", machine({ cpu: { allowed: 2 } }), 0],
    ["3 where something makes it invalid", machine({ cpu: { quota: 0.5 } }), 3],
  ])("ends with %s", async (_, facts, want) => {
    vi.doMock(EXAMINE, () => ({ examine: async () => judge(facts) }));
    expect((await doctor()).code).toBe(want);
    const { code, stdout } = await doctor("--json");
    expect(code).toBe(want);
    expect(JSON.parse(stdout)).toEqual(judge(facts));
  });

  it("refuses what it does not know", async () => {
    const { code, stdout, stderr } = await doctor("--calibarte");
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/calibarte/);
  });
});
