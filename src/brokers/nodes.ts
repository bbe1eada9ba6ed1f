import { UserError } from "../model/errors.ts";
import { brokerSystems } from "./catalogue.ts";
import { thisHost } from "./host.ts";
import { readRecords } from "./registry.ts";

/** How many nodes a local broker can have: two would stop where one is lost, as one does. */
const NODE_COUNTS = ["1", "3"] as const;

/**
 * What `--nodes` says, for the systems that a command needs; undefined where it says nothing.
 * @throws UserError `BAD_NODES` for another number, or where mqbench starts no broker that could have nodes
 */
export function wantedNodes(
  text: string | undefined,
  systems: readonly string[],
  urls: ReadonlyMap<string, string>,
): number | undefined {
  if (text === undefined) return undefined;
  if (!NODE_COUNTS.some((count) => count === text))
    throw bad(`"${text}" is not a number of nodes that a local broker can have`, "Write 1 or 3.");
  for (const system of systems) {
    if (urls.has(system))
      throw bad(
        `${system} is at a URL that was given, and has the nodes that it has`,
        `Leave out --nodes, or --url and MQBENCH_${system.toUpperCase()}_URL.`,
      );
    if (text !== "1" && !brokerSystems().some((known) => known.system === system))
      throw bad(`mqbench starts no broker for ${system}`, "Leave out --nodes.");
  }
  return Number(text);
}

/** @throws UserError `OTHER_NODES_UP` where a broker is up that has not the wanted number of nodes */
export function requireNodes(
  up: { readonly system: string; readonly nodes: readonly unknown[] },
  wanted: number | undefined,
): void {
  const count = up.nodes.length;
  if (wanted === undefined || wanted === count) return;
  throw new UserError(
    `${up.system} is already up with ${nodesText(count)}, and --nodes ${wanted} was asked for`,
    {
      code: "OTHER_NODES_UP",
      hints: [`Run "mqbench down ${up.system}" first, or leave out --nodes to use the one that is up.`],
    },
  );
}

/** How many nodes the system has that is up here; undefined where none is. Looks, and touches nothing. */
export function nodesUp(system: string): number | undefined {
  const up = readRecords(thisHost()).find(
    ({ record }) => record?.system === system && record.owner === undefined,
  );
  return up?.record?.nodes.length;
}

export function nodesText(count: number): string {
  return `${count} node${count === 1 ? "" : "s"}`;
}

function bad(reason: string, hint: string): UserError {
  return new UserError(`--nodes: ${reason}`, { code: "BAD_NODES", hints: [hint] });
}
