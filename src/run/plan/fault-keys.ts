import type { CrashPoint, FaultKind } from "../../model/fault.ts";

/** How long a fault waits for an answer to swallow, unless told. */
const ANSWER_WAIT = "1s";
/** How long after its end was asked for a node is started again, at least, unless told. */
const NODE_DOWN = "1s";
/** Leaders are moved at once; messages are looked at for this long. */
const LEADER_MOVED = "1s";
/** How long after an agent was killed a new one takes its place, unless told. */
const RESTART_AFTER = "500ms";

export const POINTS_OF: Readonly<Record<"producer" | "consumer", readonly CrashPoint[]>> = {
  consumer: ["before-process", "after-process", "after-acknowledge"],
  producer: ["after-send", "mid-transaction"],
};

/** How long a fault lasts whose time is not given. */
export const DEFAULT_SPAN: Partial<Record<FaultKind, string>> = {
  "drop-response": ANSWER_WAIT,
  crash: RESTART_AFTER,
  restart: NODE_DOWN,
  "move-leader": LEADER_MOVED,
};

/** What each kind takes beside `at` and `for`; the first ones it must have. */
export const PARAMETERS: Readonly<
  Record<FaultKind, { readonly needs: readonly string[]; readonly takes: readonly string[] }>
> = {
  cut: { needs: ["at", "for"], takes: ["side"] },
  refuse: { needs: ["at", "for"], takes: ["side"] },
  stall: { needs: ["at", "for"], takes: ["side"] },
  delay: { needs: ["at", "for", "by"], takes: ["side"] },
  slow: { needs: ["at", "for", "rate"], takes: ["side"] },
  "half-open": { needs: ["at", "for"], takes: ["side", "toward"] },
  "drop-response": { needs: ["at"], takes: ["for", "side"] },
  pause: { needs: ["at", "for"], takes: ["node"] },
  kill: { needs: ["at", "for", "node"], takes: ["lag"] },
  restart: { needs: ["at", "node"], takes: ["for"] },
  "memory-alarm": { needs: ["at", "for"], takes: [] },
  "move-leader": { needs: ["at"], takes: [] },
  unbind: { needs: ["at"], takes: ["for"] },
  "delete-queue": { needs: ["at"], takes: [] },
  "raise-min-isr": { needs: ["at", "to"], takes: ["for"] },
  "add-partitions": { needs: ["at", "to"], takes: [] },
  crash: { needs: ["at", "side", "point"], takes: ["restart", "journal"] },
  freeze: { needs: ["at", "for", "side"], takes: [] },
  join: { needs: ["at"], takes: ["for"] },
};

export const EXAMPLE: Readonly<Record<string, string>> = {
  at: "at=3s",
  for: "for=500ms",
  by: "by=50ms",
  rate: "rate=100KiB/s",
  to: "to=2",
  node: "node=leader",
  side: "side=consumer",
  point: "point=after-process",
};
