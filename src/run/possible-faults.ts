import { brokerSystems, systemsWithMemoryAlarm } from "../brokers/catalogue.ts";
import { nodesText, nodesUp } from "../brokers/nodes.ts";
import { addressesIn } from "../faults/address.ts";
import { UserError } from "../model/errors.ts";
import { type FaultKind, isNetworkFault, isNodeFault, isProcessFault } from "../model/fault.ts";
import type { Plan } from "../model/plan.ts";

/**
 * What can be known to be impossible before anything starts.
 * @param urls system → URL, where the user gave one
 * @param wantedNodes of brokers that are started; what is up, or 1, when absent
 * @throws UserError `BAD_FAULT`, `BAD_URL`
 */
export function requirePossible(
  plans: readonly Plan[],
  urls: ReadonlyMap<string, string>,
  wantedNodes?: number | undefined,
): void {
  for (const { target, faults } of plans) {
    const { system } = target;
    const url = urls.get(system);
    const isOurs = url === undefined && brokerSystems().some((s) => s.system === system);
    const ofBroker = faults.find(isProcessFault);
    if (!isOurs && ofBroker) throw notOurs(system, ofBroker.kind);
    if (isOurs && faults.some(({ kind }) => kind === "memory-alarm")) requireAlarm(system);
    if (url !== undefined && faults.some(isNetworkFault)) addressesIn(url);
    if (isOurs) requireNodes(faults, system, wantedNodes ?? nodesUp(system) ?? 1);
  }
}

function requireAlarm(system: string): void {
  const able = systemsWithMemoryAlarm();
  if (!able.includes(system))
    throw bad(
      `memory-alarm: ${system} has no alarm that holds up producers when its memory is short`,
      `Use --on ${able.join(" or ")}, or another fault, such as pause.`,
    );
}

function requireNodes(faults: Plan["faults"], system: string, nodes: number): void {
  const has = `${system} has ${nodesText(nodes)} here`;
  for (const fault of faults) {
    if (isNodeFault(fault) && fault.node !== "leader" && Number(fault.node) > nodes)
      throw bad(
        `${fault.kind} node=${fault.node}: ${has}`,
        nodes === 1
          ? "Write node=1 or node=leader, or use three nodes: --nodes 3."
          : `Write node=1 to node=${nodes}, or node=leader.`,
      );
    const kind = fault.kind === "kill" && fault.lagNs !== undefined ? "kill with a lag" : fault.kind;
    if (nodes === 1 && (kind === "move-leader" || kind === "kill with a lag"))
      throw bad(`${kind} needs other nodes, and ${has}`, "Use three nodes: --nodes 3.");
  }
}

/** A fault of processes that are not here, or not ours. */
export function notOurs(system: string, kind: FaultKind): UserError {
  return new UserError(
    `${kind}: the ${system} was not started by mqbench, so nothing can be done to its processes`,
    {
      code: "BAD_FAULT",
      hints: [
        "Only network faults (cut, refuse, stall, delay, slow, half-open, drop-response), faults of clients (crash, freeze) and changes of the stream are possible there.",
        `Leave --url ${system}=… out, and mqbench starts a broker of its own.`,
      ],
    },
  );
}

function bad(message: string, hint: string): UserError {
  return new UserError(message, { code: "BAD_FAULT", hints: [hint] });
}
