import type { Work } from "../brokers/host.ts";
import type { Facts } from "./facts.ts";
import { probeBrokers } from "./probe-brokers.ts";
import { probeClock } from "./probe-clock.ts";
import { probeCpu } from "./probe-cpu.ts";
import { probeDisks } from "./probe-disk.ts";
import { probeMemory } from "./probe-memory.ts";
import { probeSecond } from "./probe-second.ts";
import { probeSoftware } from "./probe-software.ts";
import { probeSystem } from "./probe-system.ts";
import { probeWake } from "./probe-wake.ts";
import { readText } from "./proc.ts";

export interface ProbeOptions {
  readonly work: Work;
  /** Where runs would write: `--out`. */
  readonly resultsDir: string;
}

/**
 * Looks at the machine for about three seconds. First what must see it at rest, one thing after another, so that
 * no probe measures another one.
 */
export async function probe({ work, resultsDir }: ProbeOptions): Promise<Facts> {
  const { signal, host } = work;
  const cpu = probeCpu(readText);
  work.onProgress("watching the machine for a second");
  const second = await probeSecond(readText, signal);
  work.onProgress("measuring how late threads wake, for a second");
  const wake = await probeWake(readText, signal);
  const clock = probeClock(readText);
  work.onProgress("measuring how long flushing to disk takes");
  const disks = await probeDisks(
    [
      ["results", resultsDir],
      ["brokers", host.stateDir],
    ],
    readText,
    signal,
  );
  const memory = probeMemory(readText);
  const [system, software, brokers] = await Promise.all([
    probeSystem(readText),
    probeSoftware(work),
    probeBrokers(work),
  ]);
  return { cpu, second, wake, clock, disks, memory, system, software, brokers };
}
