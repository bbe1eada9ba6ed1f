import { expect, test } from "vitest";
import { obtainBroker } from "../../src/brokers/provider.ts";
import { debianMirror } from "../../src/brokers/rabbitmq/apt.ts";
import { isOlder, neededLibc } from "../../src/brokers/rabbitmq/loader.ts";
import { greeting, memoryLimitBytes } from "../../src/brokers/rabbitmq/probe.ts";
import { pathWith, temporaryDir, testWork } from "./support.ts";

const uri = (base: string, suite: string): string => `'${base}/dists/${suite}/InRelease' x_InRelease 0 `;

test.each([
  { lines: [uri("http://a.test/debian", "bookworm")], want: "http://a.test/debian" },
  {
    lines: [uri("http://s.test/security", "bookworm-security"), uri("http://a.test/debian", "bookworm")],
    want: "http://a.test/debian",
  },
  { lines: [uri("http://other.test", "nodistro"), uri("file:/mirror", "stable")], want: "file:/mirror" },
])("the Debian mirror among $lines is $want", ({ lines, want }) => {
  expect(debianMirror(lines.join("\n"), "bookworm")).toBe(want);
});

test("a machine without a Debian archive is told so", () => {
  expect(() => debianMirror(uri("http://u.test/ubuntu", "noble"), "noble-x")).toThrow(/no Debian archive/);
});

test.each([
  { a: "2.36", b: "2.38", older: true },
  { a: "2.38", b: "2.38", older: false },
  { a: "2.9", b: "2.38", older: true },
  { a: "3", b: "2.38", older: false },
  { a: "2.38", b: "2.38.1", older: true },
])("libc $a older than $b: $older", ({ a, b, older }) => {
  expect(isOlder(a, b)).toBe(older);
});

test("the needed libc is read from a package's dependencies", () => {
  expect(neededLibc("procps, libc6 (>= 2.38), zlib1g")).toBe("2.38");
  expect(neededLibc("procps")).toBe("0");
});

test("a greeting is a Connection.Start and nothing else", () => {
  const start = Buffer.from("01000000000010000a000a0009", "hex");
  expect(greeting(start)).toBe(true);
  expect(greeting(start.subarray(0, 5))).toBeUndefined();
  expect(() => greeting(Buffer.from("AMQP\0\0\x09\x01AMQP"))).toThrow("not RabbitMQ");
});

test("the memory limit is read from the log", () => {
  expect(memoryLimitBytes("x\nMemory high watermark set to 14463 MiB (15165908582 bytes) of 24105")).toBe(
    15165908582,
  );
  expect(memoryLimitBytes("")).toBeUndefined();
});

test("a machine without apt and dpkg is told what is missing", async () => {
  const env = { ...process.env, PATH: pathWith(["sh"]) };
  const { host, ...work } = testWork({ env, cacheDir: temporaryDir() });
  await expect(obtainBroker("rabbitmq", work, host)).rejects.toMatchObject({
    name: "BrokerError",
    code: "UNSUPPORTED_HOST",
    message: expect.stringMatching(/apt-get.*apt-cache.*apt-config.*dpkg/),
  });
});
