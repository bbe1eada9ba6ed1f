import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ProcessedMessage } from "./journal-records.ts";

/**
 * What a consumer brings about, in a database of its subscription that all of its consumers share: one row for
 * each effect. With deduplication the mark that a message was applied is made in the same transaction as its
 * effect, so there is never one without the other, wherever the consumer is killed.
 */
export interface Effects {
  /** Applies what was delivered together, in one transaction. */
  apply(messages: readonly ProcessedMessage[]): void;
  close(): void;
}

/** Where the effects of a subscription are, below `folder`. */
export function effectsPath(folder: string, subscription: string): string {
  return join(folder, `${subscription}.sqlite`);
}

/** Other consumers of the subscription may be writing. */
const BUSY_MS = 10_000;

/**
 * @param path made where it is not there
 * @param deduplicates a message that was applied is not applied again
 */
export async function openEffects(path: string, deduplicates: boolean): Promise<Effects> {
  mkdirSync(dirname(path), { recursive: true });
  // Only plans with effects pay for it.
  const { DatabaseSync } = await import("node:sqlite");
  const db = new DatabaseSync(path, { timeout: BUSY_MS });
  // What is committed survives the process; a power loss may take the last of it (sqlite.org/pragma.html#pragma_synchronous).
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  db.exec(`
    CREATE TABLE IF NOT EXISTS applied (lane INTEGER, sequence INTEGER, PRIMARY KEY (lane, sequence)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS effect (lane INTEGER, sequence INTEGER);
    CREATE TABLE IF NOT EXISTS suppressed (lane INTEGER, sequence INTEGER);
  `);
  const mark = db.prepare("INSERT OR IGNORE INTO applied VALUES (?, ?)");
  const effect = db.prepare("INSERT INTO effect VALUES (?, ?)");
  const suppressed = db.prepare("INSERT INTO suppressed VALUES (?, ?)");
  return {
    apply(messages) {
      db.exec("BEGIN IMMEDIATE");
      for (const { kind, lane, sequence } of messages) {
        if (kind !== "ok") continue;
        const isNew = !deduplicates || mark.run(lane, sequence).changes === 1;
        (isNew ? effect : suppressed).run(lane, sequence);
      }
      db.exec("COMMIT;");
    },
    close: () => db.close(),
  };
}
