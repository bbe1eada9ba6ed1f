import { describe, expect, it } from "vitest";
import { readConsumerPerf, readProducerPerf } from "../../bench/kafka-tools-output.ts";

const WHOLE =
  "42000000 records sent, 1093254.1 records/sec (104.26 MB/sec), 4.10 ms avg latency, 310.00 ms max latency, 3 ms 50th, 9 ms 95th, 21 ms 99th, 60 ms 99.9th.";
const STEADY =
  "37000000 steady state records sent, 1183254.2 records/sec (112.84 MB/sec), 3.10 ms avg latency, 190.00 ms max latency, 3 ms 50th, 8 ms 95th, 18 ms 99th, 50 ms 99.9th.";

describe("readProducerPerf", () => {
  it("takes the steady state, not the whole run", () => {
    expect(readProducerPerf(`${WHOLE}\n${STEADY}\n`, "")).toEqual({ records: 37_000_000, perS: 1_183_254.2 });
  });

  it("does not take the whole run for a steady state", () => {
    expect(() => readProducerPerf(WHOLE, "")).toThrow(/no steady state/);
  });

  it("sees a failed send, for which the tool's exit code is 0", () => {
    const trace = "org.apache.kafka.common.errors.TimeoutException: Expiring 3 record(s)\n\tat …";
    expect(() => readProducerPerf(`${WHOLE}\n${STEADY}\n`, trace)).toThrow(/TimeoutException/);
  });
});

describe("readConsumerPerf", () => {
  const head =
    "start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec";
  const line =
    "2026-11-21 07:00:00:000, 2026-11-21 07:00:05:000, 476.8372, 95.3674, 5000000, 1000000.0000, 3000, 2000, 238.4186, 2500000.0000";

  it("finds the columns by their names", () => {
    expect(readConsumerPerf(`${head}\n${line}\n`)).toEqual({ records: 5_000_000, perS: 2_500_000 });
  });

  it("does not make a result of a warning alone", () => {
    expect(() =>
      readConsumerPerf("WARNING: Exiting before consuming the expected number of messages"),
    ).toThrow(/no result/);
    expect(() => readConsumerPerf(head)).toThrow(/no result/);
  });
});
