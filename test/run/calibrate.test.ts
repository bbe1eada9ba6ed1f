import { describe, expect, it } from "vitest";
import { thisHost } from "../../src/brokers/host.ts";
import { examine } from "../../src/doctor/examine.ts";
import { calibrate } from "../../src/run/calibrate.ts";
import { temporaryFolder } from "../support/run.ts";

const options = (signal: AbortSignal) => ({
  cacheDir: temporaryFolder(),
  version: "0.0.0-test",
  signal,
  onProgress: () => {},
});

describe("the calibration of the harness", () => {
  it("finds a ceiling and a floor with no broker", async () => {
    const found = await calibrate(options(new AbortController().signal));
    expect(found!.ceilingPerS).toBeGreaterThan(0);
    expect(found!.floorP50Ns).toBeGreaterThan(0);
    expect(found!.floorP99Ns).toBeGreaterThanOrEqual(found!.floorP50Ns);
    expect(found!.sizeBytes).toBe(100);
  });

  it("says nothing of a machine when it was stopped", async () => {
    const abort = new AbortController();
    const work = { host: thisHost(), signal: abort.signal, onProgress: () => {} };
    const stopped = async () => {
      abort.abort(new Error("stopped"));
      return calibrate(options(abort.signal));
    };
    const examined = examine({ work, resultsDir: temporaryFolder(), calibrate: stopped });
    await expect(examined).rejects.toThrow("stopped");
  });
});
