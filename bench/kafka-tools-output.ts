/** What kafka-producer-perf-test says of the records after its warm-up. */
export interface ProducerPerf {
  readonly records: number;
  readonly perS: number;
}

/**
 * Reads the steady-state line of `--warmup-records`; the line of the whole run before it counts the JVM's
 * warm-up in.
 *
 *     37000000 steady state records sent, 1183254.2 records/sec (112.84 MB/sec), 3.1 ms avg latency, …
 *
 * @throws Error when there is no such line, or a record failed: the tool's exit code is 0 then, too
 */
export function readProducerPerf(stdout: string, stderr: string): ProducerPerf {
  const failure = /^.*Exception.*$/m.exec(`${stdout}\n${stderr}`)?.[0];
  if (failure !== undefined) throw new Error(`kafka-producer-perf-test: ${failure}`);
  const match = /^(\d+) steady state records sent, ([\d.]+) records\/sec/m.exec(stdout);
  if (!match) throw new Error(`kafka-producer-perf-test printed no steady state: ${stdout.slice(-300)}`);
  return { records: Number(match[1]), perS: Number(match[2]) };
}

/** What kafka-consumer-perf-test says of fetching, without the time to join a group. */
export interface ConsumerPerf {
  readonly records: number;
  /** `fetch.nMsg.sec` */
  readonly perS: number;
}

/**
 * Reads the line under the header, by the header's names:
 *
 *     start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms,
 *     fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec
 *
 * @throws Error when it is not there
 */
export function readConsumerPerf(stdout: string): ConsumerPerf {
  const lines = stdout.split("\n").map((line) => line.split(",").map((cell) => cell.trim()));
  const head = lines.findIndex((cells) => cells.includes("fetch.nMsg.sec"));
  const at = (name: string): number => Number(lines[head + 1]?.[lines[head]?.indexOf(name) ?? -1]);
  const read = { records: at("data.consumed.in.nMsg"), perS: at("fetch.nMsg.sec") };
  if (head < 0 || !(read.records > 0) || !(read.perS > 0))
    throw new Error(`kafka-consumer-perf-test printed no result: ${stdout.slice(-300)}`);
  return read;
}
