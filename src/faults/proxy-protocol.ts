import type { FaultDeeds, FaultPlan, FaultSide } from "../model/fault.ts";
import type { Address } from "./address.ts";
import type { ProxyProtocol } from "./proxy.ts";

/** Whose connections a listener takes; `probe`: those of a measurement of the proxy itself. */
export type ListenerSide = Exclude<FaultSide, "both"> | "probe";

/** From the conductor to the proxy's process. */
export type ToProxy =
  | {
      readonly type: "open";
      readonly side: ListenerSide;
      readonly protocol: ProxyProtocol;
      readonly brokers: readonly Address[];
    }
  /** Faults with their numbers in the plan; `atNs` is since `origin`, which is as `process.hrtime()` gives it. */
  | {
      readonly type: "start";
      readonly origin: readonly [number, number];
      readonly faults: readonly { readonly index: number; readonly fault: FaultPlan }[];
    }
  /** Ends what is going on, and begins nothing more. */
  | { readonly type: "stop" };

export type FromProxy =
  | { readonly type: "opened"; readonly side: ListenerSide; readonly addresses: readonly Address[] }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "began"; readonly index: number; readonly atNs: number }
  | { readonly type: "ended"; readonly index: number; readonly atNs: number; readonly deeds: FaultDeeds }
  | { readonly type: "stopped" };
