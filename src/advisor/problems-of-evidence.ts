import type { EvidenceCheck, EvidenceMap } from "./evidence-map.ts";
import type { Knowledge } from "./knowledge.ts";

/** What of evidence.yaml names something that there is not, one sentence each. */
export function problemsOfEvidence(knowledge: Knowledge, map: EvidenceMap): readonly string[] {
  const proofs = knowledge.proofs.map((p) => p.id);
  const modes = knowledge.modes.map((m) => m.id);
  return [
    ...Object.entries(map.bands).flatMap(([question, band]) => {
      const options = knowledge.questions.find((q) => q.id === question)?.options.map((o) => o.id) ?? [];
      return Object.keys(band)
        .filter((id) => !options.includes(id))
        .map((id) => `${question} has no option ${id}`);
    }),
    ...[...Object.values(map.probes), ...Object.keys(map.short)]
      .filter((id) => !proofs.includes(id))
      .map((id) => `there is no proof ${id}`),
    ...map.checks.flatMap((check) => [
      ...(knowledge.rules.some((r) => r.id === check.rule) ? [] : [`there is no rule ${check.rule}`]),
      ...modesOf(check)
        .filter((id) => !modes.includes(id))
        .map((id) => `${check.rule}: there is no mode ${id}`),
    ]),
  ];
}

function modesOf(check: EvidenceCheck): readonly string[] {
  if ("modes" in check) return check.modes;
  return "quicker" in check ? [...check.quicker, ...check.than] : [];
}
