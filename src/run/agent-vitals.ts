import { addEncoded, createHistogramSum, type HistogramSum } from "../load/histogram-frame.ts";
import type { VitalSigns } from "../load/vitals.ts";
import { frozenSpans } from "../model/fault.ts";
import { BUCKETS } from "../model/hdr.ts";
import type { PhasesPlan, Plan } from "../model/plan.ts";
import type { AgentProcess } from "./agent-process.ts";

/** One second of an agent. */
export interface VitalSecond {
  readonly hiccupMaxNs: number;
  readonly loopUtilisation: number;
  readonly gcNs: number;
  readonly coreWaitNs: number;
  readonly cpuNs: number;
}

const INTERVAL_NS = 1e9;
/** After a freeze, what the agent noticed of it is shipped with this second and the next. */
const THAW_NS = 2e9;

/** Vital signs of one agent: memory of the whole run, everything else of the measure phase. */
export class AgentVitals {
  readonly name: string;
  readonly pid: number;
  readonly produces: boolean;
  readonly consumes: boolean;
  rssMaxBytes = 0;
  readonly rssBytes: number[] = [];
  loopDelayP99Ns = 0;
  loopDelayMaxNs = 0;
  readonly gc = { count: 0, totalNs: 0, maxNs: 0 };
  /** Undefined where the system does not tell. */
  coreWait: { mainNs: number; allNs: number } | undefined;
  readonly hiccup: HistogramSum = createHistogramSum(BUCKETS);
  readonly seconds: VitalSecond[] = [];
  readonly #phases: PhasesPlan;
  readonly #frozen: readonly { readonly fromNs: number; readonly toNs: number }[];
  #cpuNs = 0;
  #cpuAtMeasureNs = 0;
  #lastCpuNs = 0;
  #isOver = false;

  constructor(
    { name, pid, init }: Pick<AgentProcess, "name" | "pid" | "init">,
    { phases, faults }: Pick<Plan, "phases" | "faults">,
  ) {
    this.name = name;
    this.pid = pid;
    this.produces = init.producers.length > 0;
    this.consumes = init.consumers.length > 0;
    this.#phases = phases;
    this.#frozen = frozenSpans({ phases, faults }, this.produces ? "producer" : "consumer");
  }

  /** CPU of the measure phase. */
  get cpuNs(): number {
    return Math.max(0, this.#cpuNs - this.#cpuAtMeasureNs);
  }

  /** @param hiccups encoded recorders that came with this reading */
  add(atNs: number, signs: VitalSigns, hiccups: readonly Buffer[]): void {
    this.rssMaxBytes = Math.max(this.rssMaxBytes, signs.rssBytes);
    // Shipments are closer together in the drain; the series is one value a second.
    if (atNs % INTERVAL_NS === 0) this.rssBytes.push(signs.rssBytes);
    const { warmupNs, measureNs } = this.#phases;
    if (this.#isOver) return;
    const cpuNs = signs.cpuNs - this.#lastCpuNs;
    this.#lastCpuNs = signs.cpuNs;
    this.#cpuNs = signs.cpuNs;
    if (atNs <= warmupNs) {
      this.#cpuAtMeasureNs = signs.cpuNs;
      return;
    }
    // The second in which the measure phase ends is the last one.
    this.#isOver = atNs >= warmupNs + measureNs;
    // Its sleep in a freeze is what the plan wanted, and says nothing about the machine.
    const isFrozen = this.#frozen.some(({ fromNs, toNs }) => atNs > fromNs && atNs < toNs + THAW_NS);
    if (!isFrozen) {
      this.loopDelayP99Ns = Math.max(this.loopDelayP99Ns, signs.loopDelayP99Ns);
      this.loopDelayMaxNs = Math.max(this.loopDelayMaxNs, signs.loopDelayMaxNs);
    }
    this.gc.count += signs.gc.count;
    this.gc.totalNs += signs.gc.totalNs;
    this.gc.maxNs = Math.max(this.gc.maxNs, signs.gc.maxNs);
    if (signs.coreWait !== undefined) {
      this.coreWait ??= { mainNs: 0, allNs: 0 };
      this.coreWait.mainNs += signs.coreWait.mainNs;
      this.coreWait.allNs += signs.coreWait.allNs;
    }
    let hiccupMaxNs = 0;
    for (const frame of isFrozen ? [] : hiccups) {
      const own = createHistogramSum(BUCKETS);
      addEncoded(frame, [own, this.hiccup]);
      hiccupMaxNs = Math.max(hiccupMaxNs, own.max);
    }
    this.seconds.push({
      hiccupMaxNs,
      loopUtilisation: signs.loopUtilisation,
      gcNs: signs.gc.totalNs,
      coreWaitNs: signs.coreWait?.allNs ?? 0,
      cpuNs: this.seconds.length === 0 ? this.cpuNs : cpuNs,
    });
  }
}
