import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { brokerPids, endBroker } from "../../src/brokers/ending.ts";
import { launch } from "../../src/brokers/launch.ts";
import { isAlive, processId } from "../../src/brokers/process-id.ts";
import { brokerDir, brokersDir, leadersOf, readRecords, writeRecord } from "../../src/brokers/registry.ts";
import { sweep } from "../../src/brokers/sweep.ts";
import { scripted } from "./scripted.ts";
import { testWork } from "./support.ts";

const SERVES = "echo SERVING; exec sleep 1000";

test("a broker is recorded with its owner and ends with all its processes", async () => {
  const work = testWork();
  // The second one leaves the process group, as Erlang's helpers do.
  const { record, watch } = await launch(scripted(`setsid sleep 1000 & ${SERVES}`), work);
  await vi.waitFor(() => expect(brokerPids(record.id)).toHaveLength(2));
  expect(record.owner?.pid).toBe(process.pid);
  expect(readRecords(work.host).map(({ record: r }) => r?.id)).toEqual([record.id]);
  await endBroker(record.id, leadersOf(record), 0);
  expect(brokerPids(record.id)).toEqual([]);
  watch.end();
});

test("a broker that dies while it starts shows the end of its log and leaves only that", async () => {
  const work = testWork();
  await expect(launch(scripted("echo cannot lock the disk; exit 3"), work)).rejects.toMatchObject({
    name: "BrokerError",
    code: "BROKER_DID_NOT_START",
    message: expect.stringMatching(/exit code 3[\s\S]*cannot lock the disk/),
    hints: [expect.stringContaining("failed-fake.log")],
  });
  expect(readFileSync(join(work.host.stateDir, "failed-fake.log"), "utf8")).toContain("cannot lock");
  expect(readdirSync(brokersDir(work.host))).toEqual([]);
});

test("a broker that finds its port taken is started again with others", async () => {
  const work = testWork();
  const seen = join(work.host.stateDir, "tried");
  const once = `if [ -e ${seen} ]; then ${SERVES}; fi; : > ${seen}; echo Address already in use; exit 1`;
  const { record, watch } = await launch(scripted(once), work);
  expect(work.lines.filter((line) => line.startsWith("starting"))).toHaveLength(2);
  await endBroker(record.id, leadersOf(record), 0);
  watch.end();
});

test("of several nodes the log of the one that died is shown, and the others end", async () => {
  const work = testWork();
  const second = 'case "$PWD" in *node-2) echo no room; exit 4;; esac';
  await expect(launch(scripted(`${second}; echo fine; exec sleep 1000`, 3), work)).rejects.toMatchObject({
    code: "BROKER_DID_NOT_START",
    message: expect.stringMatching(/^node-2 of fake .*exit code 4[\s\S]*no room$/),
  });
  expect(readdirSync(brokersDir(work.host))).toEqual([]);
});

test("an abort while a broker starts ends it and removes its data", async () => {
  const work = testWork();
  const starting = launch(scripted("echo slow; exec sleep 1000"), work);
  const leader = await vi.waitFor(() => {
    const found = readRecords(work.host)[0]?.record?.nodes[0]?.leader;
    if (!found) throw new Error("not yet");
    return found;
  });
  work.abort();
  await expect(starting).rejects.toBeDefined();
  expect(isAlive(leader)).toBe(false);
  expect(readdirSync(brokersDir(work.host))).toEqual([]);
});

test("a sweep ends what a dead owner left, and only that", async () => {
  const work = testWork();
  const mine = await launch(scripted(SERVES), work);
  const orphan = await launch(scripted(SERVES), work);
  await orphan.watch.disarm();
  const owner = { ...processId(process.pid)!, startTicks: 1 };
  writeRecord(work.host, { ...orphan.record, owner });
  const living = await sweep(work);
  expect(living.map(({ id }) => id)).toEqual([mine.record.id]);
  expect(brokerPids(orphan.record.id)).toEqual([]);
  expect(existsSync(brokerDir(work.host, orphan.record.id))).toBe(false);
  expect(brokerPids(mine.record.id)).toHaveLength(1);
  await endBroker(mine.record.id, leadersOf(mine.record), 0);
  mine.watch.end();
});

test("a broker that an earlier mqbench recorded, without nodes, is left alone while it lives", async () => {
  const work = testWork();
  const { record, watch } = await launch(scripted(SERVES), work);
  await watch.disarm();
  const { owner: _, nodes, helpers: __, ...earlier } = record;
  const { leader } = nodes[0]!;
  writeRecord(work.host, { ...earlier, leader } as unknown as typeof record);
  const [swept] = await sweep(work);
  expect([swept?.id, brokerPids(record.id).length]).toEqual([record.id, 1]);
  await endBroker(record.id, leadersOf(swept!), 0);
  expect(await sweep(work)).toEqual([]);
});

test("one that was up and died by itself leaves its log", async () => {
  const work = testWork();
  const { record, watch } = await launch(scripted(SERVES), work);
  const { owner: _, ...lasting } = record;
  writeRecord(work.host, lasting);
  await watch.disarm();
  await endBroker(record.id, leadersOf(record), 0);
  expect(await sweep(work)).toEqual([]);
  expect(work.lines.at(-1)).toMatch(/removed what was left of a fake .* its log is .*failed-fake.log/);
  expect(readFileSync(join(work.host.stateDir, "failed-fake.log"), "utf8")).toContain("SERVING");
});

test("a process number that was given to another process is not the same process", () => {
  const me = processId(process.pid)!;
  expect(isAlive(me)).toBe(true);
  expect(isAlive({ ...me, startTicks: me.startTicks + 1 })).toBe(false);
  expect(isAlive({ ...me, bootId: "another boot" })).toBe(false);
});
