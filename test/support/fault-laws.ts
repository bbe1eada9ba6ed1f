import { expect } from "vitest";
import type { FaultResult } from "../../src/model/fault.ts";
import type { RunResult } from "../../src/model/result.ts";

/** What holds whatever the fault: every sum closes, and nothing that was acknowledged is lost. */
export function expectHonest(r: RunResult): void {
  const { offered, acked, failed, unknown, lost, copied, corrupt, phantom } = r.counts;
  expect(offered).toBe(acked + failed + unknown);
  expect({ lost, copied, corrupt, phantom }).toEqual({ lost: 0, copied: 0, corrupt: 0, phantom: 0 });
  expect(r.subscriptions.every((s) => s.closes)).toBe(true);
}

/**
 * What stopped everything cost at least the time that it lasted by the injector's clock, less a batch; and no batch
 * was further from the next than the worst message had to wait, which the histogram knows by itself.
 */
export function expectStopped({ latency, warnings }: RunResult, { startNs, endNs, cost }: FaultResult): void {
  const lastedNs = endNs! - startNs!;
  for (const side of [cost!.publish!, cost!.consume!]) {
    expect(side.stretchNs).toBeGreaterThan(0.9 * lastedNs);
    const excessNs = side.stretchNs - side.normalNs!;
    expect(side.withoutNs).toBe(excessNs < 100e6 ? 0 : excessNs);
    expect(side.stretchNs).toBeLessThan(side.worstNs! + side.normalNs! + 20e6);
    expect(side.slowed).toBeGreaterThan(0);
  }
  const { worstNs } = cost!.consume!;
  const isMax = worstNs! >= 0.999 * latency.e2e_response!.max;
  expect(warnings.some((w) => /e2e response .*max [^:]+: (stall|pause) at/.test(w.message))).toBe(isMax);
  expect(worstNs).toBeGreaterThan(0.9 * lastedNs);
  expect(cost!.repeats).toBe(0);
}
