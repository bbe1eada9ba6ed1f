import { isNodeDown } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";

/** Whether a backlog says that the target cannot keep up. */
export type OverloadWatch = (nowNs: number, backlogNs: number) => boolean;

/** A backlog of this much is gone: what is due is sent within an ordinary hiccup. */
const GONE_NS = 100e6;
/** How long a node may need to start: the backlog may grow all that time, and had not begun to when it was to start. */
const NODE_START_NS = 60e9;
/** A target that has not worked the backlog off this long after a fault has no more excuse. */
const LONGEST_NS = 120e9;

/**
 * From a fault's begin until the backlog that it left is gone, the bound `load.maxBacklog` is off: that much
 * backlog is of the plan's own making.
 */
export function createOverloadWatch({
  load,
  faults,
  phases,
}: Pick<Plan, "load" | "faults" | "phases">): OverloadWatch {
  if (load.loop === "closed") return () => false;
  const spans = faults.map((fault) => {
    const fromNs = phases.warmupNs + fault.atNs;
    const overNs = fromNs + fault.forNs;
    return { fromNs, overNs, excusedNs: overNs + (isNodeDown(fault) ? NODE_START_NS : 0) };
  });
  /** Begun and not yet made up for. */
  let open = new Set<(typeof spans)[number]>();
  let begun = 0;
  return (nowNs, backlogNs) => {
    for (; begun < spans.length && spans[begun]!.fromNs <= nowNs; begun++) open.add(spans[begun]!);
    open = new Set(
      [...open].filter(({ overNs, excusedNs }) =>
        backlogNs <= GONE_NS ? nowNs < excusedNs : nowNs < overNs + LONGEST_NS,
      ),
    );
    return open.size === 0 && backlogNs > load.maxBacklogNs;
  };
}
