import { UserError } from "./errors.ts";

/**
 * Quantities as people write them, and back. Every parser takes the name of the thing it reads,
 * so that its error can say what was wrong with which setting.
 */

/** Nanoseconds in each unit of time. */
const TIME: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  min: 60e9,
  h: 3600e9,
};

/** Bytes in each unit of size: IEC prefixes are powers of 1024, SI prefixes powers of 1000. */
const SIZE: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  KiB: 1024,
  MB: 1e6,
  MiB: 1024 ** 2,
  GB: 1e9,
  GiB: 1024 ** 3,
};

const COUNT: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6 };

const NUMBER = String.raw`(\d+(?:\.\d+)?|\.\d+)`;

function quantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = new RegExp(`^\\s*${NUMBER}\\s*([A-Za-zµ]*)\\s*$`).exec(text.replaceAll("_", ""));
  const factor = match ? units[match[2] ?? ""] : undefined;
  return match && factor !== undefined ? Number(match[1]) * factor : undefined;
}

function bad(name: string, text: string, what: string, example: string): UserError {
  return new UserError(`${name}: "${text}" is not ${what}`, {
    code: "BAD_UNIT",
    hints: [`Write ${example}.`],
  });
}

/** `"30s"`, `"1.5ms"`, `"2m"` → nanoseconds. A bare number is refused but for 0. */
export function parseDurationNs(text: string, name: string): number {
  const ns = text.trim() === "0" ? 0 : quantity(text, TIME);
  if (ns === undefined) throw bad(name, text, "a duration", "a number with a unit, such as 500ms, 30s or 5m");
  return ns;
}

/** `"100B"`, `"1KiB"`, `"2MB"`, or a bare number of bytes → bytes (a whole number). */
export function parseSizeBytes(text: string, name: string): number {
  const bytes = quantity(text, { ...SIZE, "": 1 });
  if (bytes === undefined || !Number.isInteger(bytes))
    throw bad(name, text, "a size", "whole bytes, such as 100B, 1KiB or 2MB");
  return bytes;
}

/** `"5k/s"`, `"100/s"`, `"1M/s"`, `"30/min"`; a bare number is messages per second → messages per second. */
export function parseRatePerS(text: string, name: string): number {
  const [count, per, ...rest] = text.split("/");
  const n = quantity(count ?? "", COUNT);
  const periods: Readonly<Record<string, number>> = { s: 1, sec: 1, m: 60, min: 60, h: 3600 };
  const seconds = per === undefined ? 1 : periods[per.trim()];
  if (n === undefined || seconds === undefined || rest.length > 0)
    throw bad(name, text, "a rate", "messages per second, such as 500/s, 5k/s or 1M/s");
  if (n === 0) throw bad(name, text, "a rate above zero", "messages per second, such as 500/s or 5k/s");
  return n / seconds;
}

/** `"10"`, `"5k"`, `"1M"` → a whole number. */
export function parseCount(text: string, name: string): number {
  const n = quantity(text, COUNT);
  if (n === undefined || !Number.isInteger(n))
    throw bad(name, text, "a whole number", "one such as 10, 5k or 1M");
  return n;
}

/** Three significant digits without an exponent: `12.3`, `0.0123`, `1230`. */
export function threeDigits(value: number): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return "–";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const text = value.toFixed(Math.min(digits, 9));
  // 9.996 rounds to "10.00": one digit too many.
  const again = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(Number(text)) || 1)));
  return again < digits ? value.toFixed(again) : text;
}

const LADDER =
  (steps: readonly (readonly [number, string])[]) =>
  (value: number, space = "") => {
    for (const [factor, unit] of steps)
      if (Math.abs(value) >= factor * 0.9995) return `${threeDigits(value / factor)}${space}${unit}`;
    const last = steps.at(-1)!;
    return `${threeDigits(value / last[0])}${space}${last[1]}`;
  };

/** Nanoseconds → `"1.23ms"`. */
export const formatDuration = LADDER([
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
]);

/** Bytes → `"1.5KiB"`. */
export const formatSize = LADDER([
  [1024 ** 3, "GiB"],
  [1024 ** 2, "MiB"],
  [1024, "KiB"],
  [1, "B"],
]);

/** Messages per second → `"36.4k/s"`. */
export const formatRate = LADDER([
  [1e6, "M/s"],
  [1e3, "k/s"],
  [1, "/s"],
]);

/** A whole number with thin groups: `1 234 567`. */
export function formatCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, " ");
}
