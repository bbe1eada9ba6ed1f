import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { effectsPath } from "../load/effects.ts";
import { type Plan, partitionsAtMost } from "../model/plan.ts";
import type { RunResult } from "../model/result.ts";
import { type EffectVerdict, judgeEffects } from "../verify/effects.ts";
import type { Ledger } from "../verify/ledger.ts";

/**
 * Reads what consumers left in their databases and holds it against the ledger.
 * @returns by subscription; undefined where the plan's consumers keep no effects
 */
export async function readEffects(
  plan: Plan,
  folder: string,
  subscriptions: readonly string[],
  ledger: Ledger,
): Promise<readonly EffectVerdict[] | undefined> {
  if (plan.consumers.deduplicate === undefined) return undefined;
  const { DatabaseSync } = await import("node:sqlite");
  const lanes = plan.producers.count * partitionsAtMost(plan.stream);
  return subscriptions.map((name, i) => {
    const path = effectsPath(folder, name);
    // Nothing was delivered, or its consumers never came to be.
    if (!existsSync(path)) return judgeEffects({ applied: [], suppressed: 0 }, lanes, ledger, i);
    const db = new DatabaseSync(path);
    try {
      const [row] = db.prepare("SELECT count(*) AS n FROM suppressed").all();
      const rows = db.prepare("SELECT lane, sequence FROM effect").iterate();
      return judgeEffects({ applied: pairs(rows), suppressed: Number(row?.n) }, lanes, ledger, i);
    } finally {
      db.close();
    }
  });
}

/** Removes them, unless somebody is to look at them: as with journals. */
export async function dropEffects(folder: string, { exit, findings }: RunResult): Promise<void> {
  if (exit.code !== 0 || findings.some((f) => f.severity === "fail")) return;
  await rm(folder, { recursive: true, force: true });
}

function* pairs(rows: Iterable<Record<string, unknown>>): Generator<readonly [number, number]> {
  for (const { lane, sequence } of rows) yield [Number(lane), Number(sequence)];
}
