import { expect, test } from "vitest";
import { readPerfTest } from "../../bench/perftest-output.ts";

const line = (timeS: number, sent: number, confirmed: number, received: number, nacked = 0) =>
  `id: test-1, time ${timeS.toFixed(3)} s, sent: ${sent} msg/s, confirmed: ${confirmed} msg/s, nacked: ${nacked} msg/s, received: ${received} msg/s, min/median/75th/95th/99th consumer latency: 442/11636/30114/47200/51098 µs, confirm latency: 513/5069/21807/45261/46779 µs`;

const output = (...lines: string[]) =>
  [
    "id: test-1, starting consumer #0",
    ...lines,
    "test stopped (Reached time limit)",
    "id: test-1, sending rate avg: 1 msg/s",
    "id: test-1, receiving rate avg: 1 msg/s",
  ].join("\n");

test("intervals that began in the warm-up are dropped, the rest is averaged by length", () => {
  const rates = readPerfTest(
    output(line(1, 10, 10, 10), line(2.004, 20, 20, 20), line(3, 1000, 900, 800), line(6, 2000, 1900, 1800)),
    2,
  );
  // 0.996 s at 800/s, and 3 s at 1800/s.
  expect(rates.receivedPerS).toBeCloseTo((0.996 * 800 + 3 * 1800) / 3.996, 6);
  expect(rates.confirmedPerS).toBeCloseTo((0.996 * 900 + 3 * 1900) / 3.996, 6);
  expect(rates.sentPerS).toBeCloseTo((0.996 * 1000 + 3 * 2000) / 3.996, 6);
  expect(rates.keptS).toBeCloseTo(3.996, 6);
});

test("a second in which a side saw nothing counts as zero", () => {
  const bare = "id: test-1, time 2.000 s, sent: 100 msg/s, confirmed: 100 msg/s, nacked: 0 msg/s";
  expect(readPerfTest(output(line(1, 100, 100, 100), bare), 0).receivedPerS).toBe(50);
});

test.each([
  ["there are no interval lines", "Main thread caught exception", /no interval/],
  ["all of them are warm-up", output(line(1, 1, 1, 1)), /no interval after 5 s/],
  ["the broker refused messages", output(line(1, 1, 1, 1, 3)), /refused/],
])("it throws when %s", (_, text, message) => {
  expect(() => readPerfTest(text, 5)).toThrow(message);
});
