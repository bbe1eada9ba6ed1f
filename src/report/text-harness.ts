import type { RunResult, Warning } from "../model/result.ts";
import { formatCount, formatDuration, formatRate, formatSize, threeDigits } from "../model/units.ts";
import { sparkline } from "./sparkline.ts";
import { paint, type Style } from "./style.ts";
import { alignTable, wrap } from "./table.ts";
import { percent } from "./text-rates.ts";

type Row = readonly [name: string, value: string];

/** Whether mqbench itself could have caused the numbers, and on what machine they were measured. */
export function harnessLines(result: RunResult, style: Style): readonly string[] {
  const { environment, harness } = result;
  const { cpu, cores, memoryBytes, os, kernel } = environment;
  const isInvalid = Object.values(result.validity ?? {}).some((v) => v.verdict === "invalid");
  return [
    "Harness",
    ...alignTable(harnessRows(result), ["left", "left"]),
    ...(isInvalid ? causeLines(harness.causes ?? [], style) : []),
    ...wrap(`on ${cores} × ${cpu}, ${formatSize(memoryBytes)}, ${os}, ${kernel}`),
  ];
}

/** Each code and its hint once, whatever number of agents it hit. */
function causeLines(causes: readonly Warning[], style: Style): readonly string[] {
  return [...new Set(causes.map((c) => c.code))].flatMap((code) => {
    const same = causes.filter((c) => c.code === code);
    const lead = `${paint("! cause", "warn", style)} `;
    const hint = same[0]?.hint;
    return [
      ...wrap(`${code}: ${same.map((c) => c.message).join("; ")}`, 2, lead),
      ...(hint === undefined ? [] : wrap(hint, 4, "→ ")),
    ];
  });
}

/** What a broker of this machine cost, and how much it held. */
export function brokerLines(result: RunResult): readonly string[] {
  const rows = brokerRows(result);
  if (rows.length === 0) return [];
  const { resources } = result;
  const heading =
    resources === undefined
      ? "Broker"
      : `Broker (measure phase, ${resources.processes === 1 ? "its process" : `its ${resources.processes} processes`})`;
  return [heading, ...alignTable(rows, ["left", "left"])];
}

export function harnessRows(result: RunResult): readonly Row[] {
  const { harness, plan } = result;
  const { hiccup, agents, machine } = harness;
  return [
    ...(plan.load.loop === "open"
      ? [
          [
            "late by its own fault",
            `p50 ${formatDuration(harness.latenessP50Ns)}, p99 ${formatDuration(harness.latenessP99Ns)}`,
          ] as const,
        ]
      : []),
    ...(hiccup === undefined
      ? []
      : [
          [
            "hiccups, idle thread",
            `p50 ${formatDuration(hiccup.percentiles["50"])}, p99 ${formatDuration(hiccup.percentiles["99"])}, max ${formatDuration(hiccup.max)}`,
          ] as const,
        ]),
    ["found the client full", `${percent(harness.blockedShare)} of the offers`],
    [
      "event loop delay",
      `p99 ${formatDuration(harness.loopDelayP99Ns)}, max ${formatDuration(harness.loopDelayMaxNs)}`,
    ],
    ...agentRow("event loop busy", agents, (a) => a.loopUtilisation && percent(a.loopUtilisation)),
    ...agentRow("waited for a core", agents, (a) => waitText(result, a.coreWaitMainNs)),
    ...agentRow(
      "GC, longest of all",
      agents,
      (a) => a.gc && `${formatDuration(a.gc.maxNs)} of ${formatDuration(a.gc.totalNs)}`,
    ),
    ["CPU of all agents", cpuText(result)],
    ["memory of all agents", formatSize(harness.rssMaxBytes)],
    ...(machine === undefined ? [] : machineRow(machine)),
    ...floorRows(result),
  ];
}

export function brokerRows({ resources, depth }: RunResult): readonly Row[] {
  const rows: Row[] = [];
  if (resources !== undefined) {
    const { cpuS, cpuPerMessageNs, rssMaxBytes, writtenBytes, writtenPerMessageBytes = 0 } = resources;
    rows.push(["CPU", `${formatDuration(cpuS * 1e9)}, ${formatDuration(cpuPerMessageNs)} a message`]);
    rows.push(["memory", `at most ${formatSize(rssMaxBytes)}`]);
    if (writtenBytes !== undefined)
      rows.push(["written", `${formatSize(writtenBytes)}, ${formatSize(writtenPerMessageBytes)} a message`]);
  }
  if (depth !== undefined)
    rows.push([
      "messages held",
      `${sparkline(depth.messages, DEPTH_BARS, "peak")}  peak ${formatCount(Math.max(...depth.messages))}`,
    ]);
  return rows;
}

const DEPTH_BARS = 40;

type Agent = RunResult["harness"]["agents"][number];

/** `produce 34%, consume 32%`; nothing where no agent tells. */
function agentRow(
  name: string,
  agents: readonly Agent[],
  tell: (a: Agent) => string | 0 | undefined,
): readonly Row[] {
  const told = agents.flatMap((a) => {
    const text = tell(a);
    return text ? [`${agents.length === 1 ? "" : `${a.name} `}${text}`] : [];
  });
  if (told.length === 0) return [];
  // More agents than fit into a line are all in run.json.
  const more = told.length - MOST_AGENTS;
  return [[name, told.slice(0, MOST_AGENTS).join("; ") + (more > 0 ? ` and ${more} more` : "")]];
}

const MOST_AGENTS = 2;

function waitText({ phases }: RunResult, ns: number | undefined): string | undefined {
  const measure = phases.find((p) => p.name === "measure");
  const spanNs = measure ? measure.endNs - measure.startNs : 0;
  return ns === undefined || spanNs <= 0 ? undefined : percent(Math.min(1, ns / spanNs));
}

function cpuText({ harness }: RunResult): string {
  const { cpuS, cpuPerMessageNs, produceCpuPerMessageNs, consumeCpuPerMessageNs } = harness;
  const apart = [
    ...(produceCpuPerMessageNs === undefined ? [] : [`send ${formatDuration(produceCpuPerMessageNs)}`]),
    ...(consumeCpuPerMessageNs === undefined ? [] : [`receive ${formatDuration(consumeCpuPerMessageNs)}`]),
  ];
  return `${formatDuration(cpuS * 1e9)}, ${formatDuration(cpuPerMessageNs)} a message${apart.length === 0 ? "" : ` (${apart.join(", ")})`}`;
}

function machineRow(m: NonNullable<RunResult["harness"]["machine"]>): readonly Row[] {
  const told = [
    ...(m.busy === undefined ? [] : [`busy ${percent(m.busy)}`]),
    ...(m.cpuPressure === undefined ? [] : [`pressure ${percent(m.cpuPressure)}`]),
    ...(m.steal === undefined ? [] : [`steal ${percent(m.steal)}`]),
  ];
  return [
    ...(told.length === 0 ? [] : [["cores", told.join(", ")] as const]),
    ...(m.throttledNs ? [["held back by a limit", formatDuration(m.throttledNs)] as const] : []),
  ];
}

/** What the harness does alone, beside what was measured. */
function floorRows({ floor, latency, rates, plan }: RunResult): readonly Row[] {
  if (floor === undefined) return [];
  const own = plan.load.loop === "open" ? floor.response?.e2e_response?.["99"] : undefined;
  const p99 = latency.e2e_response?.percentiles["99"];
  return [
    ...(own === undefined || p99 === undefined || own <= 0
      ? []
      : [
          [
            "its floor",
            `e2e response p99 ${formatDuration(own)}; yours is ${threeDigits(p99 / own)} times that`,
          ] as const,
        ]),
    [
      "its ceiling",
      `${formatRate(floor.ceiling.publish)}${rates.publish > 0 ? `, ${threeDigits(floor.ceiling.publish / rates.publish)} times your publish rate` : ""}`,
    ],
  ];
}
