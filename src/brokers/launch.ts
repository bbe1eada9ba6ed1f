import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { BrokerError, messageOf } from "../model/errors.ts";
import { requireSpace } from "./disk.ts";
import { endBroker } from "./ending.ts";
import type { Work } from "./host.ts";
import type { Installation, LaunchPlan, NativeSystem, NodePlace, Probe } from "./native.ts";
import { nodesText } from "./nodes.ts";
import { type OwnerWatch, watchOwner } from "./owner-watch.ts";
import { freePorts } from "./ports.ts";
import { processId } from "./process-id.ts";
import {
  type BrokerRecord,
  brokerDir,
  brokersDir,
  keepLogs,
  leadersOf,
  newBrokerId,
  removeBrokerDir,
  writeRecord,
} from "./registry.ts";
import { answers, didNotStart, NodeFailure, type Spawned, spawnProgram } from "./start-node.ts";
import { withRegistryLock } from "./sweep.ts";

/** Another process may take a port between our look and the broker's bind. */
const PORT_TRIES = 3;
const PORT_TAKEN = /address already in use|eaddrinuse/i;
/** An idle node's own files; what a benchmark writes is on top and its own affair. */
const MIN_DATA_BYTES = 200 * 1024 * 1024;

export interface Launched {
  readonly record: BrokerRecord;
  /** Ends with us unless disarmed. */
  readonly watch: OwnerWatch;
}

export interface Wanted {
  readonly native: Pick<NativeSystem, "system" | "probe">;
  readonly requested: string;
  readonly installation: Installation;
  /** How many, at least 1. */
  readonly nodes: number;
}

/** Starts a broker and resolves when all its nodes serve. It belongs to this process until its record says otherwise. */
export async function launch(wanted: Wanted, work: Work): Promise<Launched> {
  const what = `running ${wanted.native.system}`;
  requireSpace(brokersDir(work.host), MIN_DATA_BYTES * wanted.nodes, what);
  for (let left = PORT_TRIES - 1; ; left--) {
    try {
      return await launchOnce(wanted, work);
    } catch (error) {
      if (left === 0 || !PORT_TAKEN.test(messageOf(error))) throw error;
    }
  }
}

async function launchOnce({ native, requested, installation, nodes }: Wanted, work: Work): Promise<Launched> {
  const { system, probe } = native;
  const { version } = installation;
  const owner = processId(process.pid);
  if (!owner) throw new BrokerError("this process cannot be found in /proc", { code: "UNSUPPORTED_HOST" });
  const id = newBrokerId();
  const sinceIso = new Date().toISOString();
  let record: BrokerRecord = {
    ...{ id, system, version, requested, sinceIso, owner },
    ...{ url: "", nodes: [], helpers: [], facts: {} },
  };
  const update = (change: Partial<BrokerRecord>): void => {
    record = { ...record, ...change };
    writeRecord(work.host, record);
  };
  await withRegistryLock(work, async () => update({}));
  const watch = watchOwner(brokerDir(work.host, id));
  try {
    const { places, shared } = await choosePlaces(brokerDir(work.host, id), nodes, installation);
    const plan = await installation.configure(places, shared, work);
    const { url, managementUrl } = plan;
    update({ nodes: plan.nodes });
    work.onProgress(`starting ${system} ${version}${nodes === 1 ? "" : `, ${nodesText(nodes)}`}`);
    for (const helper of plan.helpers) {
      const { leader } = await spawnProgram(helper, id);
      if (!leader) continue;
      watch.add(leader);
      update({ helpers: [...record.helpers, leader] });
    }
    const spawned: Spawned[] = [];
    for (const [i, node] of plan.nodes.entries()) {
      const one = await spawnProgram(node, id, node.name);
      spawned.push(one);
      if (!one.leader) continue;
      watch.add(one.leader);
      update({ nodes: record.nodes.map((n, k) => (k === i ? { ...node, leader: one.leader! } : n)) });
    }
    const facts = { ...installation.facts, ...plan.facts, ...(await allAnswer(plan, spawned, probe, work)) };
    update({ url, facts, ...(managementUrl === undefined ? {} : { managementUrl }) });
    return { record, watch };
  } catch (error) {
    await endBroker(id, leadersOf(record), 0);
    const explained = work.signal.aborted ? error : withLog(error, record, work);
    removeBrokerDir(work.host, id);
    watch.end();
    throw explained;
  }
}

async function choosePlaces(
  dir: string,
  nodes: number,
  { ports }: Installation,
): Promise<{ places: readonly NodePlace[]; shared: readonly number[] }> {
  const free = await freePorts(ports.perNode * nodes + ports.shared);
  const places = Array.from({ length: nodes }, (_, i): NodePlace => {
    const name = `node-${i + 1}`;
    return { name, dir: join(dir, name), ports: free.slice(i * ports.perNode, (i + 1) * ports.perNode) };
  });
  for (const place of places) mkdirSync(place.dir);
  return { places, shared: free.slice(ports.perNode * nodes) };
}

/** Resolves with what the first says when every node serves and has all others. */
async function allAnswer(plan: LaunchPlan, spawned: readonly Spawned[], probe: Probe, work: Work) {
  const failed = new AbortController();
  const signal = AbortSignal.any([work.signal, failed.signal]);
  try {
    const [first] = await Promise.all(
      plan.nodes.map((node, i) => answers(node, spawned[i]!, plan.nodes, probe, signal)),
    );
    return first;
  } finally {
    failed.abort();
  }
}

/** A broker that died says why in its log: shows the end of it and keeps the whole. */
function withLog(error: unknown, { system, nodes }: BrokerRecord, work: Work): unknown {
  if (error instanceof BrokerError) return error;
  const failed = error instanceof NodeFailure ? [error.node] : nodes;
  const path = keepLogs(work.host, system, failed);
  const name = error instanceof NodeFailure && nodes.length > 1 ? `${error.node.name} of ${system}` : system;
  return didNotStart(
    name,
    error,
    path === undefined ? undefined : { path, text: readFileSync(path, "utf8") },
  );
}
