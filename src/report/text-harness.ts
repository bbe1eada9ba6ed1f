import type { RunResult } from "../model/result.ts";
import { formatDuration, formatSize } from "../model/units.ts";
import { alignTable, wrap } from "./table.ts";
import { percent } from "./text-rates.ts";

/** Whether mqbench itself could have caused the numbers, and on what machine they were measured. */
export function harnessLines({ harness, environment, plan }: RunResult): readonly string[] {
  const rows = [
    ...(plan.load.loop === "open"
      ? [
          [
            "late by its own fault",
            `p50 ${formatDuration(harness.latenessP50Ns)}, p99 ${formatDuration(harness.latenessP99Ns)}`,
          ],
        ]
      : []),
    ["found the client full", `${percent(harness.blockedShare)} of the offers`],
    [
      "event loop delay",
      `p99 ${formatDuration(harness.loopDelayP99Ns)}, max ${formatDuration(harness.loopDelayMaxNs)}`,
    ],
    [
      "CPU of all agents",
      `${formatDuration(harness.cpuS * 1e9)}, ${formatDuration(harness.cpuPerMessageNs)} a message`,
    ],
    ["memory of all agents", formatSize(harness.rssMaxBytes)],
  ];
  const { cpu, cores, memoryBytes, os, kernel } = environment;
  return [
    "Harness",
    ...alignTable(rows, ["left", "left"]),
    ...wrap(`on ${cores} × ${cpu}, ${formatSize(memoryBytes)}, ${os}, ${kernel}`),
  ];
}
