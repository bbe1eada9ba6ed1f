import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { afterAll } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import { obtainBroker } from "../../src/brokers/provider.ts";
import type { Driver } from "../../src/drivers/driver.ts";
import { kafkajsDriver } from "../../src/drivers/kafka/kafkajs.ts";
import { tcpProxy } from "../support/tcp-proxy.ts";
import { type CutRoute, driverContract } from "./contract.ts";

const abort = new AbortController();
let lease: Promise<BrokerLease> | undefined;

/** One broker for the file. */
function broker(): Promise<BrokerLease> {
  const url = process.env["MQBENCH_KAFKA_URL"];
  lease ??= obtainBroker("kafka", {
    onProgress: () => undefined,
    signal: abort.signal,
    ...(url ? { url } : {}),
  });
  return lease;
}

const driverAt = (url: string, options: Record<string, unknown> = {}): Driver =>
  kafkajsDriver({ url, mode: "log", options });

const make = async (): Promise<Driver> => driverAt((await broker()).url);

afterAll(async () => {
  await (await lease)?.release();
  abort.abort();
});

driverContract({
  name: "kafka:log@kafkajs",
  make,
  makeUnreachable: () => driverAt("127.0.0.1:1"),
  breakStream: async (topology, driver) => driver.drop(topology),
  route: cutRoute,
});

/**
 * A proxy between the driver and the broker. The broker says where it lives in its answers, so these are
 * rewritten on the way, by a second hop between the two.
 */
async function cutRoute(): Promise<CutRoute> {
  const [host, port] = (await broker()).url.replace(/^kafka:\/\//, "").split(":") as [string, string];
  const told = (at: number): Buffer => {
    const bytes = Buffer.alloc(host.length + 4);
    bytes.write(host, "latin1");
    bytes.writeInt32BE(at, host.length);
    return bytes;
  };
  let inFront = 0;
  const rewriter = createServer((client) => {
    const upstream = connect({ host, port: Number(port) });
    upstream.on("data", (chunk) => {
      for (
        let at = chunk.indexOf(told(Number(port)));
        at >= 0;
        at = chunk.indexOf(told(Number(port)), at + 1)
      )
        told(inFront).copy(chunk, at);
      client.write(chunk);
    });
    client.on("data", (chunk) => upstream.write(chunk));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
  });
  rewriter.listen(0, "127.0.0.1");
  await once(rewriter, "listening");
  const proxy = await tcpProxy({ host: "127.0.0.1", port: (rewriter.address() as AddressInfo).port });
  inFront = proxy.port;
  return {
    driver: driverAt(`${proxy.host}:${proxy.port}`),
    hold: () => proxy.hold(),
    cut: () => proxy.cut(),
    async close() {
      await proxy.close();
      await new Promise<void>((resolve) => rewriter.close(() => resolve()));
    },
  };
}
