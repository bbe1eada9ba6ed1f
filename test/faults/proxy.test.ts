import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createProxy } from "../../src/faults/proxy.ts";
import type { FaultPlan } from "../../src/model/fault.ts";
import { until, within } from "../support/until.ts";

const SPAN = { atNs: 0, forNs: 1e9, side: "both" } as const;

/** A server that keeps what it gets and echoes it, a proxy before it, and a client that keeps what comes. */
async function route() {
  let arrived = "";
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      arrived += bytes.toString();
      socket.write(bytes);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const start = process.hrtime.bigint();
  const proxy = createProxy("plain", () => Number(process.hrtime.bigint() - start));
  onTestFinished(async () => {
    await proxy.close();
    server.close();
  });
  const to = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  const at = await proxy.open(to);
  return {
    proxy,
    to,
    at,
    arrived: () => arrived,
    async dial() {
      const socket: Socket = connect(at);
      const seen = { text: "", code: "", isClosed: false };
      socket.on("data", (bytes) => {
        seen.text += bytes.toString();
      });
      socket.on("error", (error: NodeJS.ErrnoException) => {
        seen.code = error.code ?? "";
      });
      socket.on("close", () => {
        seen.isClosed = true;
      });
      onTestFinished(() => void socket.destroy());
      // One that is refused may be reset before it is connected.
      await until("the connection", () => !socket.connecting);
      return { socket, seen };
    },
  };
}

it("passes everything on, both ways, when there is no fault", async () => {
  const { dial } = await route();
  const { socket, seen } = await dial();
  const long = "0123456789".repeat(100_000);
  socket.write(long);
  await until("the echo", () => seen.text.length >= long.length);
  expect(seen.text).toBe(long);
  socket.end();
  await until("the end", () => seen.isClosed);
  expect(seen.code).toBe("");
});

it("has one listener for one broker", async () => {
  const { proxy, to, at } = await route();
  expect(await proxy.open(to)).toEqual(at);
});

it("stall: nothing passes either way, then all of it in its order", async () => {
  const { proxy, dial, arrived } = await route();
  const { socket, seen } = await dial();
  socket.write("a");
  await until("the first echo", () => seen.text === "a");
  proxy.begin({ kind: "stall", ...SPAN });
  socket.write("b");
  const other = await dial();
  other.socket.write("x");
  // A round trip outside of the proxy takes longer than a byte would through it.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([seen.text, arrived(), other.seen.text]).toEqual(["a", "a", ""]);
  socket.write("c");
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(proxy.end()).toEqual({ bytes: 3 });
  await until("what was held", () => seen.text === "abc" && other.seen.text === "x");
});

it("stall: holds a bounded number of bytes, and loses none", async () => {
  const { proxy, dial } = await route();
  const { socket, seen } = await dial();
  proxy.begin({ kind: "stall", ...SPAN });
  const sent = Buffer.alloc(8 * 1024 ** 2, "z");
  socket.write(sent);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const { bytes } = proxy.end();
  expect(bytes).toBeGreaterThanOrEqual(1024 ** 2);
  expect(bytes).toBeLessThan(2 * 1024 ** 2);
  await until("all of it", () => seen.text.length === sent.length);
});

it.each<[string, FaultPlan]>([
  ["delay", { kind: "delay", ...SPAN, byNs: 100e6 }],
  ["slow", { kind: "slow", ...SPAN, bytesPerS: 100 }],
])("%s: every byte comes later, in its order, also when the fault is over", async (_, fault) => {
  const { proxy, dial } = await route();
  const { socket, seen } = await dial();
  const before = performance.now();
  proxy.begin(fault);
  socket.write("0123456789");
  await until("the echo", () => seen.text === "0123456789");
  // Late it may be for any reason; early for none: 100 ms twice, or ten bytes at 100 a second.
  expect(performance.now() - before).toBeGreaterThan(fault.kind === "delay" ? 190 : 95);
  socket.write("ab");
  await new Promise((resolve) => setTimeout(resolve, 20));
  const { bytes } = proxy.end();
  expect(bytes).toBeGreaterThanOrEqual(22);
  socket.write("cd");
  await until("the rest", () => seen.text === "0123456789abcd");
});

it("cut: resets every connection and refuses new ones until it is over", async () => {
  const { proxy, dial } = await route();
  const [one, two] = [await dial(), await dial()];
  one.socket.write("a");
  two.socket.write("a");
  await until("the echoes", () => one.seen.text + two.seen.text === "aa");
  proxy.begin({ kind: "cut", ...SPAN });
  await until("the resets", () => one.seen.isClosed && two.seen.isClosed);
  expect([one.seen.code, two.seen.code]).toEqual(["ECONNRESET", "ECONNRESET"]);
  const late = await dial();
  await until("the refusal", () => late.seen.isClosed);
  expect(proxy.end()).toEqual({ connections: 2, refused: 1 });
  const after = await dial();
  after.socket.write("b");
  await until("the echo", () => after.seen.text === "b");
});

it("cut: cuts nothing where there is nothing (control)", async () => {
  const { proxy } = await route();
  proxy.begin({ kind: "cut", ...SPAN });
  expect(proxy.end()).toEqual({ connections: 0, refused: 0 });
});

it("refuse: leaves those that exist alone", async () => {
  const { proxy, dial } = await route();
  const { socket, seen } = await dial();
  socket.write("a");
  await until("the echo", () => seen.text === "a");
  proxy.begin({ kind: "refuse", ...SPAN });
  const late = await dial();
  await until("the refusal", () => late.seen.isClosed);
  socket.write("b");
  await until("the next echo", () => seen.text === "ab");
  expect(proxy.end()).toEqual({ refused: 1 });
});

it.each([
  ["client", "ab"],
  ["broker", "a"],
] as const)(
  "half-open toward the %s: bytes vanish without a sign, and the end is a reset",
  async (toward, stored) => {
    const { proxy, dial, arrived } = await route();
    const { socket, seen } = await dial();
    socket.write("a");
    await until("the echo", () => seen.text === "a");
    const idle = await dial();
    proxy.begin({ kind: "half-open", ...SPAN, toward });
    socket.write("b");
    await until("what gets through", () => arrived() === stored);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toEqual({ text: "a", code: "", isClosed: false });
    expect(proxy.end()).toEqual({ bytes: 1 });
    await until("the reset", () => seen.isClosed);
    expect(seen.code).toBe("ECONNRESET");
    // It had lost nothing.
    idle.socket.write("x");
    await until("the other's echo", () => idle.seen.text === "x");
  },
);

it("closes though connections are open", async () => {
  const { proxy, dial } = await route();
  const { seen } = await dial();
  await within("closing", proxy.close());
  await until("the reset", () => seen.isClosed);
});
