import type { ProbeVerdict } from "../../model/probe.ts";
import type { LeftOut, ProbeFact } from "./fact.ts";
import { jsonOf } from "./json.ts";
import { machineOf, modeOf } from "./place.ts";

const VERDICTS: readonly ProbeVerdict[] = ["supported", "refuted", "depends", "not-testable"];

/** What a probe.json says, row by row; rows that are not whole say nothing. */
export function probeFacts(value: unknown): readonly ProbeFact[] | LeftOut {
  const probe = jsonOf(value);
  if (probe.text("schema") !== "mqbench/probe" || !/^1\.\d+$/.test(probe.text("schemaVersion") ?? ""))
    return "other-schema";
  const id = probe.text("id");
  const startedAt = probe.text("startedAt");
  const machine = machineOf(probe.object("environment"));
  if (!id || startedAt === undefined || Number.isNaN(Date.parse(startedAt)) || !machine)
    return "other-schema";
  return probe.list("rows").flatMap((row): readonly ProbeFact[] => {
    const target = row.text("target");
    const mode = modeOf(target);
    const verdict = VERDICTS.find((v) => v === row.text("verdict"));
    const expected = VERDICTS.find((v) => v === row.text("expected"));
    const name = row.text("probe");
    if (target === undefined || mode === undefined || !verdict || !expected || !name) return [];
    return [
      {
        kind: "probe",
        id,
        startedAt,
        machine,
        target,
        mode,
        version: row.text("version") ?? "",
        probe: name,
        sentence: row.text("sentence") ?? "",
        verdict,
        expected,
        because: row.text("because") ?? "",
      },
    ];
  });
}
