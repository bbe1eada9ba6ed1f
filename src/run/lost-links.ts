import type { FromAgent, Tick } from "../load/protocol.ts";

/** A client that is back within this time had a hiccup; one that is not has lost its broker. */
const LOST_NS = 3e9;
/** What a tick counts may be this much older than the tick. */
const TICK_NS = 1e9;

/** Which clients are cut off from the broker, and since when. */
export interface LostLinks {
  event(agent: string, event: LinkEvent): void;
  /** Whose messages flow has not lost its broker: of several nodes another one serves it. */
  tick(agent: string, tick: Flow): void;
  /** All its producers are through: who has nothing to send need not come back. */
  produced(agent: string): void;
  /**
   * What to say of one that has been cut off for too long, or undefined.
   * @param excusedUntilNs a fault of the plan's own kept links apart until then
   */
  check(nowNs: number, excusedUntilNs?: number): string | undefined;
}

type LinkEvent = Pick<Extract<FromAgent, { type: "event" }>, "source" | "kind" | "detail" | "atNs">;

interface Flow extends Pick<Tick, "atNs"> {
  readonly producers: readonly { readonly ackedInWindow: number }[];
  readonly subscriptions: readonly { readonly delivered: number }[];
}

/** For drivers that connect again by themselves: trying for ever would look like a broker that is slow. */
export function createLostLinks(): LostLinks {
  const since = new Map<string, { readonly agent: string; readonly atNs: number; readonly detail: string }>();
  /** Agent → messages that were acknowledged to it or delivered. */
  const flowed = new Map<string, number>();
  const through = new Set<string>();
  return {
    event(agent, { source, kind, detail, atNs }) {
      if (kind === "connected" || kind === "reconnected") since.delete(source);
      if (kind === "disconnected" && !through.has(agent))
        since.set(source, { agent, atNs: since.get(source)?.atNs ?? atNs, detail });
    },
    tick(agent, { atNs, producers, subscriptions }) {
      const sum =
        producers.reduce((n, p) => n + p.ackedInWindow, 0) +
        subscriptions.reduce((n, s) => n + s.delivered, 0);
      const before = flowed.get(agent) ?? 0;
      flowed.set(agent, sum);
      if (sum === before) return;
      for (const [source, lost] of since)
        if (lost.agent === agent && lost.atNs < atNs - TICK_NS) since.delete(source);
    },
    produced(agent) {
      through.add(agent);
      for (const [source, lost] of since) if (lost.agent === agent) since.delete(source);
    },
    check(nowNs, excusedUntilNs = 0) {
      for (const [source, { atNs, detail }] of since)
        if (nowNs - Math.max(atNs, excusedUntilNs) > LOST_NS)
          return `${source} has been disconnected for ${LOST_NS / 1e9} s: ${detail}`;
      return undefined;
    },
  };
}
