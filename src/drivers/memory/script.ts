/** How slow the broker is made to be: it serves the messages of a partition one after another. */
export interface Script {
  /** How long each message takes; 0: none. */
  readonly serviceNs: number;
  /** Times, since the stream's first message, in which nothing is acknowledged or delivered. */
  readonly stalls: readonly Stall[];
}

export interface Stall {
  readonly atNs: number;
  readonly forNs: number;
}

/** Whether messages take any time at all. */
export function isScripted(script: Script): boolean {
  return script.serviceNs > 0 || script.stalls.length > 0;
}

/**
 * When a server that starts at `fromNs` has worked for `serviceNs`, given that it stands still while it is
 * stalled. Times since the first message.
 */
export function servedAt(script: Script, fromNs: number): number {
  let at = fromNs;
  let left = script.serviceNs;
  for (const { atNs, forNs } of script.stalls) {
    if (at >= atNs + forNs || at + left < atNs) continue;
    left -= Math.max(0, atNs - at);
    at = atNs + forNs;
  }
  return at + left;
}

/** The end of the stall that `ns` lies in, or `ns` itself. */
export function stallEnd(script: Script, ns: number): number {
  for (const { atNs, forNs } of script.stalls) if (ns >= atNs && ns < atNs + forNs) return atNs + forNs;
  return ns;
}
