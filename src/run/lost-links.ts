/** A client that is back within this time had a hiccup; one that is not has lost its broker. */
const LOST_NS = 3e9;

/** Which clients are cut off from the broker, and since when. */
export interface LostLinks {
  event(source: string, kind: string, detail: string, atNs: number): void;
  /**
   * What to say of one that has been cut off for too long, or undefined.
   * @param excusedUntilNs a fault of the plan's own kept links apart until then
   */
  check(nowNs: number, excusedUntilNs?: number): string | undefined;
}

/** For drivers that connect again by themselves: trying for ever would look like a broker that is slow. */
export function createLostLinks(): LostLinks {
  const since = new Map<string, { atNs: number; detail: string }>();
  return {
    event(source, kind, detail, atNs) {
      if (kind === "connected" || kind === "reconnected") since.delete(source);
      if (kind === "disconnected") since.set(source, { atNs: since.get(source)?.atNs ?? atNs, detail });
    },
    check(nowNs, excusedUntilNs = 0) {
      for (const [source, { atNs, detail }] of since)
        if (nowNs - Math.max(atNs, excusedUntilNs) > LOST_NS)
          return `${source} has been disconnected for ${LOST_NS / 1e9} s: ${detail}`;
      return undefined;
    },
  };
}
