import { messageOf } from "../model/errors.ts";
import type { FaultDeeds, FaultPlan } from "../model/fault.ts";
import { createProxy, type FaultProxy } from "./proxy.ts";
import type { FromProxy, ListenerSide, ToProxy } from "./proxy-protocol.ts";

/** Proxies of both sides and the schedule of their faults. */
export interface ProxyServer {
  obey(message: ToProxy): void;
}

export function createProxyServer(tell: (message: FromProxy) => void): ProxyServer {
  const proxies = new Map<ListenerSide, FaultProxy>();
  const timers = new Set<NodeJS.Timeout>();
  let origin: readonly [number, number] = process.hrtime();
  let current: { readonly index: number; readonly fault: FaultPlan } | undefined;
  const nowNs = (): number => {
    const h = process.hrtime();
    return (h[0] - origin[0]) * 1e9 + (h[1] - origin[1]);
  };
  const meant = ({ side }: FaultPlan): readonly FaultProxy[] =>
    [...proxies].filter(([own]) => own === side || (side === "both" && own !== "probe")).map(([, p]) => p);

  const end = (): void => {
    if (current === undefined) return;
    const { index, fault } = current;
    current = undefined;
    const deeds = meant(fault).map((proxy) => proxy.end());
    tell({ type: "ended", index, atNs: nowNs(), deeds: sumOf(deeds) });
  };
  const at = (ns: number, action: () => void): void => {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        action();
      },
      Math.max(0, Math.ceil((ns - nowNs()) / 1e6)),
    );
    timers.add(timer);
  };
  const begin = (index: number, fault: FaultPlan): void => {
    // Timers of one moment fire in any order: what ends now ends first.
    end();
    current = { index, fault };
    const atNs = nowNs();
    for (const proxy of meant(fault)) proxy.begin(fault);
    tell({ type: "began", index, atNs });
    at(fault.atNs + fault.forNs, () => {
      if (current?.index === index) end();
    });
  };

  return {
    obey(message) {
      switch (message.type) {
        case "open": {
          const { side, protocol, brokers } = message;
          const proxy = proxies.get(side) ?? createProxy(protocol, nowNs, end);
          proxies.set(side, proxy);
          Promise.all(brokers.map((b) => proxy.open(b))).then(
            (addresses) => tell({ type: "opened", side, addresses }),
            (error: unknown) => tell({ type: "failed", message: messageOf(error) }),
          );
          return;
        }
        case "start":
          origin = message.origin;
          for (const { index, fault } of message.faults) at(fault.atNs, () => begin(index, fault));
          return;
        case "stop":
          for (const timer of timers) clearTimeout(timer);
          end();
          tell({ type: "stopped" });
      }
    },
  };
}

function sumOf(all: readonly FaultDeeds[]): FaultDeeds {
  const sum: Record<string, number> = {};
  for (const deeds of all)
    for (const [name, count] of Object.entries(deeds)) sum[name] = (sum[name] ?? 0) + (count as number);
  return sum;
}
