import type { ProxyCost } from "../model/fault.ts";
import { formatDuration } from "../model/units.ts";

/** What readers of latencies have to know when there was a proxy. */
export function proxyNote({ addedP50Ns, addedP99Ns }: ProxyCost): string {
  return (
    "The plan's network faults need a proxy between clients and broker, through which the traffic went all the time. " +
    `It added ${formatDuration(addedP50Ns)} to the median round trip of 1KiB on an idle connection, and ` +
    `${formatDuration(addedP99Ns)} at p99; under load more. Compare latencies only with runs that had one.`
  );
}
