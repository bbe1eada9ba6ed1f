import { type Examination, examination } from "./check.ts";
import type { Facts } from "./facts.ts";
import { judgeCpu } from "./judge-cpu.ts";
import { judgeDisks } from "./judge-disk.ts";
import { judgeHarness } from "./judge-harness.ts";
import { judgeMemory } from "./judge-memory.ts";
import { judgeSoftware } from "./judge-software.ts";
import { judgeTime } from "./judge-time.ts";

/** Whether a machine with these facts is fit to measure. Pure. */
export function judge(facts: Facts): Examination {
  return examination([
    ...judgeHarness(facts),
    ...judgeCpu(facts),
    ...judgeTime(facts),
    ...judgeMemory(facts),
    ...judgeDisks(facts),
    ...judgeSoftware(facts),
  ]);
}
