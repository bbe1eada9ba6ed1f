/** How a backlog went, measured: at each of these times (ns) so many messages of it were through. */
export type Drain = readonly { readonly atNs: number; readonly through: number }[];

/** A queue that one server empties, and that it did not for a while. Times are ns, on one clock. */
export interface StalledQueue {
  /** When each message was due, oldest first. */
  readonly dueNs: readonly number[];
  /** How many were through when the stall began. */
  readonly before: number;
  /** How long a message takes when nothing is in its way. */
  readonly floorNs: number;
  readonly drain: Drain;
}

/**
 * The response time of every message: first come, first served, nothing forgiven. What was not through when
 * the stall began, and what is due before the backlog is gone, waits for its place in the drain; all else
 * takes the floor.
 */
export function stalledResponses(q: StalledQueue): number[] {
  return q.dueNs.map((due, i) => {
    const place = i - q.before + 1;
    return place < 1 ? q.floorNs : Math.max(q.floorNs, throughAtNs(q.drain, place) - due);
  });
}

/** When the n-th message of the backlog is through; between two measured times at an even rate. */
function throughAtNs(drain: Drain, n: number): number {
  const next = drain.findIndex((d) => d.through >= n);
  if (next < 0) return Number.NEGATIVE_INFINITY;
  const to = drain[next]!;
  const from = drain[next - 1];
  if (from === undefined) return to.atNs;
  return from.atNs + ((n - from.through) / (to.through - from.through)) * (to.atNs - from.atNs);
}

/** Time over which a drain rate is taken. Below the tolerance of what is compared with it. */
const SLICE_NS = 4e6;

/**
 * The drain as an account of its own has it: `doneNs` says when each message came through. It starts with the
 * first one after the stall and ends when the next one was not even due. The rate in between is taken slice
 * by slice, because a broker that wakes up, on a machine with other work, is not evenly fast.
 */
export function drainOf(
  doneNs: readonly number[],
  dueNs: readonly number[],
  stallEndNs: number,
  floorNs: number,
): Drain {
  const first = doneNs.findIndex((t) => t >= stallEndNs);
  const drain = [{ atNs: doneNs[first]!, through: 1 }];
  for (let i = first + 1; i < doneNs.length && doneNs[i - 1]! > dueNs[i]! + floorNs; i++) {
    const now = { atNs: doneNs[i]!, through: i - first + 1 };
    // The last one is moved along until its slice is full; after a pause a new slice begins at the pause.
    if (drain.length > 1 && now.atNs - drain.at(-2)!.atNs < SLICE_NS) drain[drain.length - 1] = now;
    else drain.push(now);
  }
  return drain;
}
