import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import { probeKafka as probe } from "../../src/brokers/kafka/probe.ts";
import type { BrokerNode } from "../../src/brokers/node.ts";
import { ask } from "../../src/brokers/probe-socket.ts";
import { processId } from "../../src/brokers/process-id.ts";
import { obtainBroker } from "../../src/brokers/provider.ts";
import { greeting } from "../../src/brokers/rabbitmq/probe.ts";
import { bringUp, listUp, takeDown } from "../../src/brokers/up.ts";
import { testWork } from "./support.ts";

// The first run on a machine downloads 170 MB.
vi.setConfig({ testTimeout: 300_000 });

const AMQP = Buffer.from("AMQP\0\0\x09\x01", "latin1");
const probeKafka = (client: number, signal: AbortSignal) => probe({ ports: { client } }, [], signal);
const portOf = (url: string): number => Number(url.split(":").at(-1));
const gone = (pids: readonly number[]): boolean => pids.every((pid) => processId(pid) === undefined);

test("both systems start side by side, and SIGKILL of their owner leaves nothing", async () => {
  const work = testWork();
  const args = [join(import.meta.dirname, "owner.ts"), work.host.stateDir, "kafka", "rabbitmq"];
  const owner = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void owner.kill("SIGKILL"));
  const [line] = await once(owner.stdout, "data");
  const leases = JSON.parse(String(line)) as BrokerLease[];
  const [kafka, rabbitmq] = leases as [BrokerLease, BrokerLease];
  await probeKafka(portOf(kafka.url), work.signal);
  expect(await ask(portOf(rabbitmq.url), AMQP, work.signal, greeting)).toBe(true);
  expect(kafka).toMatchObject({ version: "4.3.1", origin: "started", facts: { heap: "1 GiB" } });
  expect(rabbitmq).toMatchObject({ origin: "started", facts: { memoryLimitBytes: expect.any(Number) } });
  expect(rabbitmq.version).toMatch(/^4\./);
  expect(gone(kafka.pids)).toBe(false);

  owner.kill("SIGKILL");
  await vi.waitFor(
    () => {
      for (const { pids, dataDir = "" } of leases)
        expect([gone(pids), existsSync(dataDir)]).toEqual([true, false]);
    },
    { timeout: 30_000, interval: 50 },
  );
});

test("two brokers of one system at once do not collide; a released one leaves nothing", async () => {
  const { host, ...work } = testWork();
  const leases = await Promise.all([obtainBroker("kafka", work, host), obtainBroker("kafka", work, host)]);
  expect(new Set(leases.map(({ url }) => url)).size).toBe(2);
  for (const { url } of leases) await probeKafka(portOf(url), work.signal);
  await Promise.all(leases.map((lease) => lease.release()));
  await leases[0].release();
  for (const { pids, dataDir = "" } of leases)
    expect([gone(pids), existsSync(dataDir)]).toEqual([true, false]);
});

test.each(["kafka", "rabbitmq"])(
  "a %s of one node can be killed, and started again where it was",
  async (system) => {
    const { host, ...work } = testWork();
    const lease = await obtainBroker(system, work, host);
    const [node] = lease.nodes as [BrokerNode];
    const [url, pids] = [lease.url, lease.pids];
    const port = portOf(url);
    const serves = () =>
      system === "kafka" ? probeKafka(port, work.signal) : ask(port, AMQP, work.signal, greeting);
    await serves();
    await node.kill();
    await expect(serves()).rejects.toThrow();
    await node.start();
    await serves();
    expect(lease.nodes.map(({ state }) => state())).toEqual(["running"]);
    expect([lease.url, gone(node.pids()), lease.pids.some((pid) => !pids.includes(pid))]).toEqual([
      url,
      false,
      true,
    ]);
    await node.stop();
    // The kernel takes the connection, and nobody answers.
    await expect(serves()).rejects.toThrow(/no answer in time/);
    await node.cont();
    await serves();
    await lease.release();
    expect(gone(lease.pids)).toBe(true);
  },
);

test("a broker that is up is used by all and ends with down", async () => {
  const work = testWork();
  const up = await bringUp("rabbitmq", {}, work);
  expect(up).toMatchObject({ system: "rabbitmq", wasUp: false });
  const again = await bringUp("rabbitmq", {}, work);
  expect([again.wasUp, again.url, again.nodes]).toEqual([true, up.url, up.nodes]);
  await expect(bringUp("rabbitmq", { version: "host" }, work)).rejects.toMatchObject({
    code: "OTHER_VERSION_UP",
  });
  const three = { nodes: 3 };
  await expect(bringUp("rabbitmq", three, work)).rejects.toMatchObject({ code: "OTHER_NODES_UP" });
  await expect(obtainBroker("rabbitmq", { ...work, ...three }, work.host)).rejects.toMatchObject({
    code: "OTHER_NODES_UP",
    message: expect.stringMatching(/up with 1 node, and --nodes 3 was asked for/),
    hints: [expect.stringMatching(/mqbench down rabbitmq/)],
  });

  const lease = await obtainBroker("rabbitmq", work, work.host);
  expect([lease.origin, lease.url]).toEqual(["up", up.url]);
  await lease.release();
  expect(await ask(portOf(up.url), AMQP, work.signal, greeting)).toBe(true);

  expect(await listUp([], work)).toMatchObject([{ url: up.url, memoryBytes: expect.any(Number) }]);
  expect(await takeDown(["kafka"], work)).toEqual([]);
  expect(await takeDown([], work)).toHaveLength(1);
  expect([await listUp([], work), existsSync(up.dataDir), gone(lease.pids)]).toEqual([[], false, true]);
});

test("the RabbitMQ of the machine's own archive starts too", async () => {
  const { host, ...work } = testWork();
  const lease = await obtainBroker("rabbitmq", { ...work, version: "host" }, host);
  expect(await ask(portOf(lease.url), AMQP, work.signal, greeting)).toBe(true);
  await lease.release();
  expect(gone(lease.pids)).toBe(true);
});

test("a given URL is taken as it is", async () => {
  const { host, ...work } = testWork();
  const lease = await obtainBroker("kafka", { ...work, url: "h:1" }, host);
  expect(lease).toMatchObject({ url: "h:1", origin: "given", pids: [] });
  await lease.release();
});
