import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import type { Driver } from "../../../src/drivers/driver.ts";
import { tcpProxy } from "../../support/tcp-proxy.ts";
import type { CutRoute } from "../contract.ts";

export interface RestorableRoute extends CutRoute {
  /** Forwards again, also what was held back. */
  restore(): void;
}

/**
 * A proxy between the driver and the broker. The broker says where it lives in its answers, so these are
 * rewritten on the way, by a second hop between the two.
 */
export async function cutRoute(url: string, make: (url: string) => Driver): Promise<RestorableRoute> {
  const [host, port] = url.replace(/^kafka:\/\//, "").split(":") as [string, string];
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
    driver: make(`${proxy.host}:${proxy.port}`),
    hold: () => proxy.hold(),
    cut: () => proxy.cut(),
    restore: () => proxy.restore(),
    async close() {
      await proxy.close();
      await new Promise<void>((resolve) => rewriter.close(() => resolve()));
    },
  };
}
