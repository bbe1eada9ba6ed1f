import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { BrokerError, UserError } from "../model/errors.ts";
import { askToEnd, killAll, signalTo } from "./ending.ts";
import type { Work } from "./host.ts";
import { LOG_NAME, type Probe } from "./native.ts";
import { type OwnerWatch, type StoppedWatch, watchStopped } from "./owner-watch.ts";
import { isAlive, isStopped, type ProcessId, processId } from "./process-id.ts";
import { type BrokerRecord, type NodeRecord, readRecord, writeRecord } from "./registry.ts";
import { answers, didNotStart, nodePids, spawnProgram } from "./start-node.ts";
import { withRegistryLock } from "./sweep.ts";

export type NodeState = "running" | "stopped" | "down";

/**
 * One node of a local broker, to do to it what a crash, a hang or a restart would. While one of its nodes is
 * killed or stopped a broker that is `up` is held by this process: nobody sweeps it away. If this process dies,
 * what it stopped goes on; what it killed stays down, in sight of `mqbench status`.
 */
export interface BrokerNode {
  /** `node-1`, … */
  readonly name: string;
  /** What the broker calls it: Kafka's `node.id`, RabbitMQ's `name@host`. */
  readonly ownName: string;
  /** host:port of the listener for clients. */
  readonly address: string;
  pids(): readonly number[];
  state(): NodeState;
  /** SIGKILL for all its processes; resolves when they are gone. Nothing to one that is down. */
  kill(): Promise<void>;
  /**
   * Asks it to end (SIGTERM), which gives its leaders away first, and kills what has not ended after `graceMs`.
   * @returns whether it ended by itself
   */
  end(graceMs: number): Promise<boolean>;
  /**
   * SIGSTOP for all its processes; resolves when the kernel says that they are stopped.
   * @throws UserError `NODE_IS_DOWN`
   */
  stop(): Promise<void>;
  /** SIGCONT. */
  cont(): Promise<void>;
  /**
   * Starts it on its data again; resolves when it serves and has all nodes beside it that run.
   * @throws UserError `NODE_IS_UP`, BrokerError `BROKER_DID_NOT_START`
   */
  start(): Promise<void>;
}

export interface NodeControl {
  readonly work: Work;
  readonly probe: Probe;
  /** Ends the broker with us, where it is ours. */
  readonly watch: OwnerWatch | undefined;
  /** Called when its processes are others. */
  onChange(): void;
}

/** Stopping takes effect when each thread comes back from the kernel: at once, but for a slow disk. */
const STOP_LIMIT_MS = 10_000;
const POLL_MS = 5;

/** A handle for each node of a broker. */
export function brokerNodes(record: BrokerRecord, control: NodeControl): readonly BrokerNode[] {
  return record.nodes.map((node) => brokerNode(record.id, node, control));
}

/** What its processes say, not its protocol. */
export function nodeState(id: string, node: NodeRecord): NodeState {
  const pids = nodePids(id, node.name);
  if (pids.length === 0) return "down";
  return pids.some(isStopped) ? "stopped" : "running";
}

function brokerNode(id: string, { name, ownName, address }: NodeRecord, control: NodeControl): BrokerNode {
  const { work, probe } = control;
  let stopped: StoppedWatch | undefined;
  const pids = (): readonly number[] => nodePids(id, name);
  const own = (): { record: BrokerRecord; node: NodeRecord } => {
    const record = readRecord(work.host, id);
    const node = record?.nodes.find((n) => n.name === name);
    if (record && node) return { record, node };
    throw new BrokerError(`the broker of ${name} was taken down`, { code: "BROKER_GONE" });
  };
  // Also when a command is being stopped: what it did to a node has to be undone and written down.
  const lasting = { ...work, signal: new AbortController().signal };
  const update = (change: (record: BrokerRecord) => BrokerRecord): Promise<void> =>
    withRegistryLock(lasting, async () => writeRecord(work.host, change(own().record)));
  const hold = (): Promise<void> => update(held);
  /** When all nodes run again. */
  const letGo = (): Promise<void> =>
    update((record) => {
      const { holder: _, ...free } = record;
      return record.nodes.every((n) => nodeState(id, n) === "running") ? free : record;
    });
  const cont = async (): Promise<void> => {
    for (const pid of pids()) signalTo(pid, "SIGCONT");
    stopped?.disarm();
    stopped = undefined;
    await letGo();
  };

  const leaders = (): readonly ProcessId[] => {
    const { leader } = own().node;
    return leader ? [leader] : [];
  };
  const kill = async (): Promise<void> => {
    await hold();
    await killAll(pids, leaders());
    stopped?.disarm();
    stopped = undefined;
    control.onChange();
  };

  return {
    name,
    ownName,
    address,
    pids,
    state: () => nodeState(id, own().node),
    kill,
    async end(graceMs) {
      await hold();
      const isOver = await askToEnd(pids, leaders(), graceMs);
      await kill();
      return isOver;
    },
    async stop() {
      if (pids().length === 0)
        throw new UserError(`${name} is down, and only one that runs can be stopped`, {
          code: "NODE_IS_DOWN",
          hints: ["Start it first."],
        });
      await hold();
      stopped ??= watchStopped();
      const end = performance.now() + STOP_LIMIT_MS;
      // Until no process is left that runs: one may have forked another meanwhile.
      for (;;) {
        const running = pids().filter((pid) => !isStopped(pid));
        if (running.length === 0) return;
        if (performance.now() > end) {
          await cont();
          throw new BrokerError(`${name} does not stop`, { code: "BROKER_WILL_NOT_END" });
        }
        // First who continues them should we die, then the signal.
        await stopped.add(running.flatMap((pid) => processId(pid) ?? []));
        for (const pid of running) signalTo(pid, "SIGSTOP");
        await pause(POLL_MS);
      }
    },
    cont,
    async start() {
      const { record, node } = own();
      if (pids().length > 0)
        throw new UserError(`${name} is ${nodeState(id, node)}, and only one that is down can be started`, {
          code: "NODE_IS_UP",
          hints: ["Kill it first, or continue it."],
        });
      const spawned = await spawnProgram(node, id, name);
      const { leader } = spawned;
      if (leader) {
        control.watch?.add(leader);
        await update((now) => withLeader(now, name, leader));
      }
      control.onChange();
      const peers = record.nodes.filter((n) => n.name !== name && nodeState(id, n) === "running");
      try {
        await answers(node, spawned, peers, probe, work.signal);
      } catch (error) {
        if (work.signal.aborted) throw error;
        const path = join(node.dir, LOG_NAME);
        throw didNotStart(`${name} of ${record.system}`, error, { path, text: readFileSync(path, "utf8") });
      }
      await letGo();
    },
  };
}

function withLeader(record: BrokerRecord, name: string, leader: ProcessId): BrokerRecord {
  const nodes = record.nodes.map((node) => (node.name === name ? { ...node, leader } : node));
  return { ...record, nodes };
}

/** @throws BrokerError `BROKER_IS_HELD` where another process has killed or stopped a node of it */
function held(record: BrokerRecord): BrokerRecord {
  const me = processId(process.pid);
  const { holder } = record;
  if (!me || (holder && isAlive(holder) && holder.pid !== me.pid))
    throw new BrokerError(`process ${holder?.pid} has killed or stopped a node of this ${record.system}`, {
      code: "BROKER_IS_HELD",
      hints: ["Wait for its end, or use a broker of your own."],
    });
  return { ...record, holder: me };
}
