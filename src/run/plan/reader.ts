import { UserError } from "../../model/errors.ts";
import { parseCount, parseDurationNs, parseRatePerS, parseSizeBytes } from "../../model/units.ts";
import { originText } from "./layer.ts";
import { type Setting, type Settings, touches } from "./merge.ts";
import type { Problem } from "./problem.ts";

/**
 * Reads settings as quantities. What cannot be read is reported with its place and gives a harmless value,
 * so that reading goes on and every problem is found at once.
 */
export interface Reader {
  has(key: string): boolean;
  setting(key: string): Setting | undefined;
  /** The value of a key that has a default or was checked with `has`; its type is the schema's promise. */
  raw<T>(key: string): T;
  countOf(value: unknown, key: string, least?: number): number;
  count(key: string, least?: number): number;
  durationNs(key: string, isZeroAllowed?: boolean): number;
  sizeBytes(value: unknown, key: string): number;
  ratePerS(value: unknown, key: string): number;
  share(key: string): number;
  /** A problem at the place that `key` got its value from, or else `near`. */
  report(key: string, message: string, hint?: string, near?: string): void;
}

export function createReader(
  settings: Settings,
  profileLabel: string,
  broken: ReadonlySet<string>,
  problems: Problem[],
): Reader {
  const report: Reader["report"] = (key, message, hint, near) => {
    // It would only be a consequence of a problem that was already reported.
    if (touches(key, broken)) return;
    const origin = (settings.get(key) ?? settings.get(near ?? ""))?.origin;
    const where = origin === undefined || origin.kind === "default" ? profileLabel : originText(origin);
    problems.push({ where, path: key, message, ...(hint === undefined ? {} : { hint }) });
  };
  const attempt = (key: string, otherwise: number, parse: () => number): number => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      report(key, error.message, error.hints[0]);
      return otherwise;
    }
  };
  const value = (key: string): unknown => settings.get(key)?.value;
  const reader: Reader = {
    has: (key) => settings.has(key),
    setting: (key) => settings.get(key),
    raw: <T>(key: string) => value(key) as T,
    countOf(raw, key, least = 0) {
      const n = typeof raw === "number" ? raw : attempt(key, least, () => parseCount(String(raw), key));
      if (n < least) report(key, `${key}: ${n} is less than ${least}`);
      if (!Number.isSafeInteger(n)) report(key, `${key}: ${n} is too large`);
      return n;
    },
    count: (key, least = 1) => reader.countOf(value(key), key, least),
    durationNs(key, isZeroAllowed = true) {
      const ns = attempt(key, 1, () => parseDurationNs(String(value(key)), key));
      if (ns === 0 && !isZeroAllowed) report(key, `${key} is zero`, `Write ${key} like 500ms, 30s or 5m.`);
      return ns;
    },
    sizeBytes: (raw, key) => attempt(key, Number.NaN, () => parseSizeBytes(String(raw), key)),
    ratePerS: (raw, key) => attempt(key, 1, () => parseRatePerS(String(raw), key)),
    share(key) {
      const raw = value(key);
      return typeof raw === "number" ? raw : Number.parseFloat(String(raw)) / 100;
    },
    report,
  };
  return reader;
}
