import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { effectsPath, openEffects } from "../../src/load/effects.ts";
import type { ProcessedMessage } from "../../src/load/journal-records.ts";
import { temporaryFolder } from "../support/run.ts";

const messages = (...sequences: number[]): ProcessedMessage[] =>
  sequences.map((sequence) => ({
    kind: sequence < 0 ? "corrupt" : "ok",
    lane: 1,
    sequence,
    intendedNs: 0,
    sentNs: 0,
    partition: 0,
    offset: sequence,
    flagged: false,
  }));

/** Effects and suppressed deliveries, each as the sequences in their order. */
function stored(path: string): { effects: unknown[]; suppressed: unknown[] } {
  const db = new DatabaseSync(path);
  const of = (table: string): unknown[] =>
    db
      .prepare(`SELECT sequence FROM ${table}`)
      .all()
      .map((row) => row.sequence);
  const found = { effects: of("effect"), suppressed: of("suppressed") };
  db.close();
  return found;
}

describe("effects in a database", () => {
  it("are applied once for each message, also by two consumers and after an end", async () => {
    const path = effectsPath(join(temporaryFolder(), "effects"), "sub-0");
    const [one, other] = [await openEffects(path, true), await openEffects(path, true)];
    one.apply(messages(0, 1, 1, -1));
    other.apply(messages(1, 2));
    one.close();
    other.close();
    const again = await openEffects(path, true);
    again.apply(messages(2, 3));
    again.close();
    expect(stored(path)).toEqual({ effects: [0, 1, 2, 3], suppressed: [1, 1, 2] });
  });

  it("without deduplication come as often as the message does (control)", async () => {
    const path = effectsPath(temporaryFolder(), "sub-0");
    const one = await openEffects(path, false);
    one.apply(messages(0, 1, 1));
    one.apply(messages(1));
    one.close();
    expect(stored(path)).toEqual({ effects: [0, 1, 1, 1], suppressed: [] });
  });
});
