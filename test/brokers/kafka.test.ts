import { symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { chooseVersion, findSystem } from "../../src/brokers/catalogue.ts";
import { findTool } from "../../src/brokers/host.ts";
import { KAFKA_4_3_1 } from "../../src/brokers/kafka/jars.ts";
import { findJava, majorOf, parseJavaVersion } from "../../src/brokers/kafka/java.ts";
import { jarName, jarUrl, mavenMirror, mirrorIn } from "../../src/brokers/kafka/maven.ts";
import { kafkaRequest, listedPorts } from "../../src/brokers/kafka/probe.ts";
import { obtainBroker } from "../../src/brokers/provider.ts";
import { runTool } from "../../src/brokers/run-tool.ts";
import { pathWith, temporaryDir, testWork } from "./support.ts";

test.each([
  { output: 'openjdk version "17.0.15" 2025-04-15\nOpenJDK ...', version: "17.0.15", major: 17 },
  { output: 'java version "1.8.0_292"', version: "1.8.0_292", major: 8 },
  { output: 'Picked up X\nopenjdk version "25-ea" 2025-09-16', version: "25-ea", major: 25 },
  { output: 'openjdk version "25" 2025-09-16', version: "25", major: 25 },
])("java -version printing $output is Java $major", ({ output, version, major }) => {
  expect(parseJavaVersion(output)).toBe(version);
  expect(majorOf(version)).toBe(major);
});

test("the lock names every jar once, with a checksum", () => {
  const names = KAFKA_4_3_1.map(({ coordinates }) => jarName(coordinates));
  expect(new Set(names).size).toBe(KAFKA_4_3_1.length);
  for (const jar of KAFKA_4_3_1) {
    expect(jar.coordinates).toMatch(/^[\w.-]+:[\w.-]+:[\w.-]+$/);
    expect(jar.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(jar.sizeBytes).toBeGreaterThan(0);
  }
});

const mirror = (of: string, url: string): string =>
  `<mirror><id>m</id><mirrorOf>${of}</mirrorOf><url>${url}</url></mirror>`;

test.each([
  { xml: "<settings/>", want: undefined },
  { xml: mirror("central", "https://m.test/maven"), want: "https://m.test/maven" },
  { xml: mirror("*", "http://m.test/a"), want: "http://m.test/a" },
  { xml: mirror("other, central", "http://m.test/a"), want: "http://m.test/a" },
  { xml: mirror("other", "http://m.test/a"), want: undefined },
  { xml: `<!-- ${mirror("*", "http://m.test/a")} -->`, want: undefined },
])("the Maven mirror of $xml is $want", ({ xml, want }) => {
  expect(mirrorIn(xml)).toBe(want);
});

test("MQBENCH_MAVEN_URL decides where jars come from, and must be a URL", async () => {
  const { host } = testWork({ env: { MQBENCH_MAVEN_URL: "http://m.test/maven" } });
  await expect(jarUrl("org.a:b:1.0", host)).resolves.toBe("http://m.test/maven/org/a/b/1.0/b-1.0.jar");
  expect(() => mavenMirror({ ...host, env: { MQBENCH_MAVEN_URL: "m.test" } })).toThrow(/not an http/);
});

test("a request begins with its size, key, version and correlation id", () => {
  const request = kafkaRequest(18, 0);
  expect(request.readInt32BE(0)).toBe(request.length - 4);
  expect([request.readInt16BE(4), request.readInt16BE(6), request.readInt32BE(8)]).toEqual([18, 0, 1]);
});

test("a metadata answer tells the ports of its brokers", () => {
  const broker = (port: number): Buffer => {
    const bytes = Buffer.from("00000001" + "0001" + "68" + "00000000" + "ffff", "hex");
    bytes.writeInt32BE(port, 7);
    return bytes;
  };
  const head = Buffer.from("0000000100000002", "hex");
  expect(listedPorts(Buffer.concat([head, broker(9092), broker(9093)]))).toEqual([9092, 9093]);
});

test("a machine without Java gets a downloaded one", { timeout: 120_000 }, async () => {
  const work = testWork();
  const env = { ...work.host.env, PATH: pathWith(["sh"]), JAVA_HOME: "" };
  // Python by its real path: a version manager's stand-in would need its own tools.
  const print = ["-c", "import sys; print(sys.executable)"];
  const options = { env: work.host.env, signal: work.signal, purpose: "asking python" };
  const { stdout } = await runTool(findTool(work.host, "python3")!, print, options);
  symlinkSync(stdout.trim(), join(env.PATH, "python3"));
  const java = await findJava({ ...work, host: { ...work.host, env } });
  expect(majorOf(java.version)).toBeGreaterThanOrEqual(17);
  expect(basename(java.path)).toBe("java");
});

test("without Java and Python the error says what to install", async () => {
  const env = { PATH: pathWith(["sh"]) };
  const work = testWork({ env, cacheDir: temporaryDir() });
  await expect(findJava(work)).rejects.toMatchObject({
    name: "BrokerError",
    code: "NO_JAVA",
    hints: [expect.stringContaining("Java 17"), expect.stringContaining("--url")],
  });
});

test("an unknown system or version is the user's mistake", () => {
  expect(() => findSystem("nats")).toThrow(/"nats" is not a system/);
  expect(() => chooseVersion(findSystem("kafka"), "2")).toThrow(/cannot start kafka "2"/);
  expect(chooseVersion(findSystem("rabbitmq"), undefined)).toBe("4");
});

test.each(["kafka", "rabbitmq"])(
  "%s on another kind of machine is refused with a way out",
  async (system) => {
    const { host, ...work } = testWork({ platform: "darwin", arch: "arm64", cacheDir: temporaryDir() });
    await expect(obtainBroker(system, work, host)).rejects.toMatchObject({
      name: "BrokerError",
      code: "UNSUPPORTED_HOST",
      message: expect.stringContaining("Linux on x86-64 (this is darwin on arm64)"),
      hints: [expect.stringContaining("--url")],
    });
  },
);
