import type { FlowAdvice } from "./advice.ts";
import type { Base } from "./base.ts";
import type { Proof, Rule } from "./knowledge.ts";

/** An experiment that would show what a verdict rests on. */
export interface Suggested {
  readonly proof: Proof;
  /** Ready to be run; undefined: mqbench has none yet. */
  readonly command?: string;
  /** How many the command runs on. */
  readonly targets?: number;
}

/**
 * The experiments behind a verdict: of the rules that carry it first, then of the notes.
 * @param runnable modes that mqbench can run
 * @param isMeasured what needs no experiment any more
 */
export function provingOf(
  base: Base,
  flow: FlowAdvice,
  runnable: readonly string[],
  isMeasured: (proof: Proof, mode: string) => boolean = () => false,
): readonly Suggested[] {
  const modes = comparedModes(base, flow, runnable);
  const rules: readonly Rule[] = [
    ...flow.ruledOut.flatMap((r) => r.rules),
    ...(flow.clash?.rules ?? []),
    ...flow.reasons.map((r) => r.rule),
    ...flow.against.map((r) => r.rule),
    ...flow.notes,
  ];
  const ids = [...new Set(rules.flatMap((rule) => rule.probe ?? []))];
  return ids.flatMap((id) => {
    const proof = base.proofs.find((p) => p.id === id)!;
    const able = modes.filter(
      (m) => runnable.includes(m) && (proof.modes?.includes(m) ?? true) && !isMeasured(proof, m),
    );
    if (proof.command === undefined) return [{ proof }];
    if (able.length === 0) return [];
    const command = proof.command.replace("{modes}", able.map((m) => `--on ${m}`).join(" "));
    return [{ proof, command, targets: able.length }];
  });
}

/** The best mode of each product; of one that is ruled out, a mode to compare with: one that can be run, if any. */
export function comparedModes(base: Base, flow: FlowAdvice, runnable: readonly string[]): readonly string[] {
  return base.products
    .map((product) => {
      const own = flow.modes.filter((m) => m.assessment.mode.product === product);
      const left = own.filter((m) => m.assessment.vetoes.length === 0);
      const able = left.length > 0 ? left : own.filter((m) => runnable.includes(m.assessment.mode.id));
      const [best] = [...(able.length > 0 ? able : own)].sort(
        (a, b) => b.assessment.score - a.assessment.score,
      );
      return best!.assessment;
    })
    .sort((a, b) => Number(b.vetoes.length === 0) - Number(a.vetoes.length === 0) || b.score - a.score)
    .map((a) => a.mode.id);
}
