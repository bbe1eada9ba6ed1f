import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import type { ProxyCost } from "../model/fault.ts";
import type { Address } from "./address.ts";
import type { ProxyProcess } from "./proxy-process.ts";

const ROUND_TRIPS = 300;
/** The first ones find code that was not compiled yet. */
const UNCOUNTED = 100;
const MESSAGE_BYTES = 1024;

/**
 * What the proxy adds to a round trip of 1 KiB when nothing else goes on: round trips to an echo of ours,
 * directly and through it, in turn. The medians' difference, and that of the 99th percentiles.
 */
export async function measureProxy(proxy: ProxyProcess): Promise<ProxyCost> {
  const echo = createServer((socket) =>
    socket
      .setNoDelay(true)
      .on("error", () => {})
      .pipe(socket),
  );
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  try {
    const direct = { host: "127.0.0.1", port: (echo.address() as AddressInfo).port };
    const [through] = await proxy.open("probe", "plain", [direct]);
    const one = await dial(direct);
    const other = await dial(through!);
    const times: [number[], number[]] = [[], []];
    for (let i = 0; i < ROUND_TRIPS; i++) {
      const directNs = await one.roundTripNs();
      const throughNs = await other.roundTripNs();
      if (i < UNCOUNTED) continue;
      times[0].push(directNs);
      times[1].push(throughNs);
    }
    one.close();
    other.close();
    const added = (share: number): number => Math.max(0, at(times[1], share) - at(times[0], share));
    return { addedP50Ns: added(0.5), addedP99Ns: added(0.99) };
  } finally {
    echo.close();
  }
}

async function dial(to: Address) {
  const socket = connect(to);
  await once(socket, "connect");
  socket.setNoDelay(true);
  const message = Buffer.alloc(MESSAGE_BYTES);
  return {
    async roundTripNs(): Promise<number> {
      const before = process.hrtime();
      socket.write(message);
      for (let left = MESSAGE_BYTES; left > 0; ) left -= ((await once(socket, "data")) as [Buffer])[0].length;
      const [s, ns] = process.hrtime(before);
      return s * 1e9 + ns;
    },
    close: () => socket.destroy(),
  };
}

function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
