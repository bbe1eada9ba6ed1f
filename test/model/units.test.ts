import { describe, expect, it } from "vitest";
import { EXIT, type ExitKind, exitCode } from "../../src/model/exit.ts";
import { withoutPasswords } from "../../src/model/secrets.ts";
import {
  formatCount,
  formatDuration,
  formatRate,
  formatSize,
  parseCount,
  parseDurationNs,
  parseRatePerS,
  parseSizeBytes,
} from "../../src/model/units.ts";

describe("quantities", () => {
  it.each([
    [parseDurationNs, "1.5ms", 1.5e6],
    [parseDurationNs, "30s", 30e9],
    [parseDurationNs, "2m", 120e9],
    [parseDurationNs, "0", 0],
    [parseSizeBytes, "1KiB", 1024],
    [parseSizeBytes, "1kB", 1000],
    [parseSizeBytes, "100", 100],
    [parseRatePerS, "5k/s", 5000],
    [parseRatePerS, "30/min", 0.5],
    [parseRatePerS, "1_000", 1000],
    [parseCount, "1M", 1e6],
  ])("%o reads %s as %d", (parse, text, want) => {
    expect(parse(text, "x")).toBe(want);
  });

  it.each([
    [parseDurationNs, "10"],
    [parseDurationNs, "-1s"],
    [parseDurationNs, "1 fortnight"],
    [parseSizeBytes, "0.5B"],
    [parseSizeBytes, "1e3"],
    [parseRatePerS, "0/s"],
    [parseRatePerS, "5k/s/s"],
    [parseRatePerS, "5k/year"],
    [parseCount, "1.5"],
    [parseCount, ""],
  ])("%o refuses %j, naming the setting and a way to write it", (parse, text) => {
    expect(() => parse(text, "load.rate")).toThrowError(
      expect.objectContaining({ message: expect.stringContaining("load.rate"), code: "BAD_UNIT" }),
    );
  });

  it.each([
    [formatDuration(0), "0ns"],
    [formatDuration(999.9), "1.00µs"],
    [formatDuration(1_234_567), "1.23ms"],
    [formatDuration(59.96e9), "60.0s"],
    [formatSize(1536), "1.50KiB"],
    [formatRate(36_412), "36.4k/s"],
    [formatRate(999.96), "1.00k/s"],
    [formatRate(0.5), "0.500/s"],
    [formatCount(1_234_567), "1 234 567"],
  ])("writes %s", (got, want) => {
    expect(got).toBe(want);
  });
});

describe("exitCode", () => {
  const of = (...kinds: ExitKind[]): number => exitCode(kinds.map((kind) => ({ kind, message: "" })));

  it("is 0 without a reason", () => {
    expect(of()).toBe(EXIT.pass);
  });

  it("is that of the worst reason, whatever the order", () => {
    const worstFirst: [ExitKind, number][] = [
      ["bug", 70],
      ["usage", 2],
      ["broker", 6],
      ["sigint", 130],
      ["sigterm", 143],
      ["guarantee", 1],
      ["overloaded", 7],
      ["invalid", 3],
      ["threshold", 1],
      ["regression", 4],
      ["inconclusive", 5],
    ];
    worstFirst.forEach(([kind, code], i) => {
      expect(of(...worstFirst.slice(i + 1).map(([k]) => k), kind)).toBe(code);
    });
  });
});

describe("withoutPasswords", () => {
  it.each([
    ["--url rabbitmq=amqp://me:sesame@host:5672/", "--url rabbitmq=amqp://me:***@host:5672/"],
    ["http://me:sesame@a http://you:open@b", "http://me:***@a http://you:***@b"],
    ["amqp://host:5672", "amqp://host:5672"],
    ["kafka=host:9092", "kafka=host:9092"],
  ])("%s", (text, want) => {
    expect(withoutPasswords(text)).toBe(want);
  });
});
