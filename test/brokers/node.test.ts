import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { endBroker } from "../../src/brokers/ending.ts";
import type { Work } from "../../src/brokers/host.ts";
import { launch } from "../../src/brokers/launch.ts";
import { type BrokerNode, brokerNodes } from "../../src/brokers/node.ts";
import { watchStopped } from "../../src/brokers/owner-watch.ts";
import { isStopped, processId } from "../../src/brokers/process-id.ts";
import {
  type BrokerRecord,
  leadersOf,
  readRecord,
  readRecords,
  writeRecord,
} from "../../src/brokers/registry.ts";
import { nodePids } from "../../src/brokers/start-node.ts";
import { sweep } from "../../src/brokers/sweep.ts";
import { children } from "../support/run.ts";
import { scripted } from "./scripted.ts";
import { testWork } from "./support.ts";

/** TERM is how `down` asks. */
const SERVES = "trap 'echo TERMED; exit 0' TERM; echo SERVING; sleep 1000 & wait";
/** One of its processes leaves the group, as Erlang's helpers do. */
const SERVES_APART = `setsid sleep 1000 & ${SERVES}`;

interface Broker {
  readonly work: Work;
  readonly record: BrokerRecord;
  readonly nodes: readonly BrokerNode[];
}

/** A broker as `up` leaves it. */
async function upBroker(nodeCount: number, script = SERVES_APART): Promise<Broker> {
  const work = testWork();
  const wanted = scripted(script, nodeCount);
  const launched = await launch(wanted, work);
  const { owner: _, ...record } = launched.record;
  writeRecord(work.host, record);
  await launched.watch.disarm();
  onTestFinished(() => endBroker(record.id, leadersOf(readRecord(work.host, record.id) ?? record), 0));
  const control = { work, probe: wanted.native.probe, watch: undefined, onChange: () => {} };
  return { work, record, nodes: brokerNodes(record, control) };
}

const states = ({ nodes }: Broker): string[] => nodes.map((node) => node.state());

test("a killed node is down, the others run, and it starts again on its data", async () => {
  const broker = await upBroker(3);
  const [, second] = broker.nodes as [BrokerNode, BrokerNode];
  const before = second.pids();
  expect(before.length).toBeGreaterThan(1);
  await second.kill();
  expect(states(broker)).toEqual(["running", "down", "running"]);
  expect(before.map(processId)).toEqual(before.map(() => undefined));
  await expect(second.stop()).rejects.toMatchObject({ code: "NODE_IS_DOWN" });

  await second.start();
  expect(states(broker)).toEqual(["running", "running", "running"]);
  const log = readFileSync(join(broker.record.nodes[1]!.dir, "broker.log"), "utf8");
  expect(log.match(/SERVING/g)).toHaveLength(2);
  const leader = readRecord(broker.work.host, broker.record.id)?.nodes[1]?.leader;
  expect(second.pids()).toContain(leader?.pid);
  await expect(second.start()).rejects.toMatchObject({ code: "NODE_IS_UP" });
});

test.each([
  ["ends by itself when it is asked to", SERVES, true],
  ["that does not hear is killed", "trap '' TERM; echo SERVING; sleep 1000", false],
])("a node %s", async (_, script, isOrderly) => {
  const broker = await upBroker(1, script);
  const [node] = broker.nodes as [BrokerNode];
  expect(await node.end(isOrderly ? 10_000 : 300)).toBe(isOrderly);
  expect(states(broker)).toEqual(["down"]);
  const log = readFileSync(join(broker.record.nodes[0]!.dir, "broker.log"), "utf8");
  expect(log.includes("TERMED")).toBe(isOrderly);
  await node.start();
  expect(states(broker)).toEqual(["running"]);
});

test("a stopped node has all its processes stopped until it is continued", async () => {
  const broker = await upBroker(1);
  const [node] = broker.nodes as [BrokerNode];
  await node.stop();
  expect(node.pids().map(isStopped)).toEqual(node.pids().map(() => true));
  expect(states(broker)).toEqual(["stopped"]);
  await expect(node.start()).rejects.toMatchObject({ code: "NODE_IS_UP" });
  await node.cont();
  expect(states(broker)).toEqual(["running"]);
  expect(readRecord(broker.work.host, broker.record.id)?.holder).toBeUndefined();
});

test("what we continue ourselves is not continued once more, after our next stop", async () => {
  const { pid = 0 } = spawn("/bin/sleep", ["1000"], { stdio: "ignore" });
  onTestFinished(() => void process.kill(pid, "SIGKILL"));
  const watch = watchStopped();
  await watch.add([processId(pid)!]);
  process.kill(pid, "SIGSTOP");
  await vi.waitFor(() => expect(isStopped(pid)).toBe(true));
  expect(await children('CONT "$pid"')).toHaveLength(1);
  watch.disarm();
  await vi.waitFor(async () => expect(await children('CONT "$pid"')).toEqual([]), { timeout: 10_000 });
  expect(isStopped(pid)).toBe(true);
});

test("a broker whose every node is killed stays while its killer lives, and is swept away without one", async () => {
  const { work, record, nodes } = await upBroker(1);
  await nodes[0]!.kill();
  expect((await sweep(work)).map(({ id }) => id)).toEqual([record.id]);
  const held = readRecord(work.host, record.id)!;
  writeRecord(work.host, { ...held, holder: { ...held.holder!, startTicks: 1 } });
  expect(await sweep(work)).toEqual([]);
});

test("a node that was stopped hears the request to end", async () => {
  const { record, nodes } = await upBroker(1, SERVES);
  await nodes[0]!.stop();
  await endBroker(record.id, leadersOf(record), 10_000);
  expect(readFileSync(join(record.nodes[0]!.dir, "broker.log"), "utf8")).toContain("TERMED");
});

test("what a process stopped goes on when that process is killed", async () => {
  const broker = await upBroker(2);
  const { work, record } = broker;
  const stopper = spawn(
    process.execPath,
    [join(import.meta.dirname, "stopper.ts"), work.host.stateDir, record.id],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  onTestFinished(() => void stopper.kill("SIGKILL"));
  await once(stopper.stdout, "data");
  expect(states(broker)).toEqual(["stopped", "running"]);
  // Nobody else may do something to it meanwhile.
  await expect(broker.nodes[1]!.kill()).rejects.toMatchObject({
    code: "BROKER_IS_HELD",
    message: expect.stringContaining(String(stopper.pid)),
  });
  stopper.kill("SIGKILL");
  await vi.waitFor(() => expect(states(broker)).toEqual(["running", "running"]), { timeout: 10_000 });
  // And it can be held again.
  await broker.nodes[1]!.kill();
});

test("a sweep continues what a dead process left stopped", async () => {
  const { work, record } = await upBroker(1);
  const pids = nodePids(record.id, "node-1");
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  await vi.waitFor(() => expect(pids.every(isStopped)).toBe(true));
  // Of no dead holder: somebody else's debugger, perhaps.
  await sweep(work);
  expect(pids.every(isStopped)).toBe(true);
  writeRecord(work.host, { ...record, holder: { ...processId(process.pid)!, startTicks: 1 } });
  const [swept] = await sweep(work);
  await vi.waitFor(() => expect(pids.some(isStopped)).toBe(false));
  expect([swept?.holder, existsSync(record.nodes[0]!.dir)]).toEqual([undefined, true]);
});

test("SIGKILL of the owner leaves nothing of a node that was stopped or started again, nor of what all need", async () => {
  const { host } = testWork();
  const owner = spawn(process.execPath, [join(import.meta.dirname, "nodes-owner.ts"), host.stateDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void owner.kill("SIGKILL"));
  const [line] = await once(owner.stdout, "data");
  const pids = JSON.parse(String(line)) as number[];
  expect(pids.map((pid) => processId(pid) !== undefined)).toEqual([true, true, true, true]);
  expect(pids.map(isStopped)).toEqual([false, false, true, false]);
  owner.kill("SIGKILL");
  await vi.waitFor(
    () => expect([pids.map(processId), readRecords(host)]).toEqual([pids.map(() => undefined), []]),
    { timeout: 10_000, interval: 20 },
  );
});
