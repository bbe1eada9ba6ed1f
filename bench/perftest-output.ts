/** What PerfTest measured, per second, means over the kept part of the run. */
export interface PerfTestRates {
  readonly sentPerS: number;
  readonly confirmedPerS: number;
  readonly receivedPerS: number;
  /** Length of the kept part. */
  readonly keptS: number;
}

/**
 * Reads PerfTest's interval lines and drops those that began before `dropS`: its own "rate avg" at the end
 * counts the JVM's warm-up in. Each line is a rate over the time since the line before, so lines weigh by
 * their length.
 *
 *     id: test-1, time 1.002 s, sent: 4512 msg/s, confirmed: 4509 msg/s, nacked: 0 msg/s, received: 4507 msg/s, …
 *
 * @throws Error when nothing is left, or a message was refused
 */
export function readPerfTest(output: string, dropS: number): PerfTestRates {
  let fromS = 0;
  let keptS = 0;
  const sums = { sent: 0, confirmed: 0, received: 0 };
  for (const line of output.split("\n")) {
    const time = /, time ([\d.]+) s, /.exec(line)?.[1];
    if (time === undefined) continue;
    const untilS = Number(time);
    const lengthS = untilS - fromS;
    const begunS = fromS;
    fromS = untilS;
    if ((rateIn(line, "nacked") ?? 0) > 0) throw new Error(`PerfTest was refused messages: ${line}`);
    if (begunS < dropS - SLACK_S || lengthS <= 0) continue;
    keptS += lengthS;
    for (const name of ["sent", "confirmed", "received"] as const) {
      // A side that saw nothing in this second is left out of the line.
      sums[name] += (rateIn(line, name) ?? 0) * lengthS;
    }
  }
  if (keptS === 0) throw new Error(`PerfTest printed no interval after ${dropS} s`);
  return {
    sentPerS: sums.sent / keptS,
    confirmedPerS: sums.confirmed / keptS,
    receivedPerS: sums.received / keptS,
    keptS,
  };
}

/** Its seconds begin some milliseconds early or late. */
const SLACK_S = 0.5;

function rateIn(line: string, name: string): number | undefined {
  const text = new RegExp(`, ${name}: ([\\d.]+) msg/s`).exec(line)?.[1];
  return text === undefined ? undefined : Number(text);
}
