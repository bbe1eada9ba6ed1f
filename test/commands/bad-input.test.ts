import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import Report from "../../src/commands/report.ts";
import Run from "../../src/commands/run.ts";
import { loadDriver, resolveTarget } from "../../src/drivers/registry.ts";
import { sharedBroker } from "../support/brokers.ts";
import { expectRefusal, mqbench } from "../support/mqbench.ts";
import { temporaryFolder } from "../support/run.ts";

const TARGETS = ["kafka", "rabbitmq:quorum", "rabbitmq:classic", "memory"];

describe.each(TARGETS)("bad input, with %s", (target) => {
  it.each<[string, readonly string[], RegExp]>([
    ["a wrong unit of a rate", ["--rate", "nope"], /rate.*"nope" is not a rate/],
    ["a negative rate", ["--rate", "-5/s"], /rate/],
    ["a rate of zero", ["--rate", "0/s"], /rate/],
    ["a wrong unit of time", ["--duration", "10x"], /"10x" is not a duration/],
    ["a time without a unit", ["--duration", "10"], /"?10"? is not a duration/],
    ["a wrong unit of size", ["--size", "1parsec"], /"1parsec" is not a size/],
    ["a message smaller than its envelope", ["--size", "20B"], /20.*44/],
    ["no partitions", ["--partitions", "0"], /partitions/],
    ["an unknown key", ["--set", "producers.cuont=2"], /producers\.cuont[\s\S]*count/],
    [
      "an unknown option of the driver",
      ["--set", "options.kafka.nope=1", "--set", "options.rabbitmq.nope=1", "--set", "options.memory.nope=1"],
      /nope/,
    ],
    ["an unknown metric", ["--threshold", "e2e.p99 < 5ms"], /e2e\.p99/],
    ["a threshold without a unit", ["--threshold", "e2e_response.p99 < 5"], /e2e_response\.p99 < 5/],
    ["an unknown flag", ["--raet", "5/s"], /raet/],
    ["an unknown profile", ["nosuch"], /nosuch/],
    ["an unknown mode", ["--on", `${target.split(":")[0]}:nosuch`], /nosuch/],
    ["an unknown client", ["--on", `${target}@nosuch`], /nosuch/],
    ["a driver that does not exist", ["--driver", "./nosuch.ts"], /nosuch\.ts/],
    ["a --url that is none", ["--url", "kafka"], /--url/],
    ["a number of nodes that no broker has", ["--nodes", "2"], /--nodes: "2" is not a number[\s\S]*1 or 3/],
    [
      "a number of nodes for a broker that is given",
      ["--nodes", "3", "--url", "kafka=h:1", "--url", "rabbitmq=amqp://h:1"],
      /--nodes: ((kafka|rabbitmq) is at a URL that was given|mqbench starts no broker for memory)/,
    ],
  ])("%s exits with 2", async (_, argv, message) => {
    const isProfile = argv.length === 1;
    await expectRefusal(
      await mqbench(Run, isProfile ? argv : [...argv, "--on", target, "--out", temporaryFolder()]),
      2,
      message,
    );
  });

  it("a results folder that cannot be made exits with 2 before anything starts", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const outcome = await mqbench(Run, [
      "--on",
      target,
      "--out",
      join(file, "results"),
      "--url",
      "kafka=127.0.0.1:1",
      "--url",
      "rabbitmq=amqp://127.0.0.1:1",
    ]);
    await expectRefusal(outcome, 2, /cannot write results to .*file/);
  });

  it("several problems of a profile are reported at once, each with its line", async () => {
    const file = join(temporaryFolder(), "mine.yaml");
    writeFileSync(
      file,
      "summary: x\ntargets: [kafka]\nload: {loop: open, rate: fast}\nmessage:\n  size: 1parsec\nbogus: 1\n",
    );
    const outcome = await mqbench(Run, [file, "--on", target]);
    await expectRefusal(outcome, 2, /mine\.yaml:3:[\s\S]*mine\.yaml:5:[\s\S]*mine\.yaml:6:/);
  });

  it("malformed YAML exits with 2, naming the line", async () => {
    const file = join(temporaryFolder(), "mine.yaml");
    writeFileSync(file, "summary: [x\nload:\n");
    await expectRefusal(await mqbench(Run, [file, "--on", target]), 2, /mine\.yaml:\d+/);
  });
});

describe.each(["kafka", "rabbitmq"])("a broker that does not answer, %s", (system) => {
  const url = (port: number): string =>
    system === "kafka" ? `kafka=127.0.0.1:${port}` : `rabbitmq=amqp://127.0.0.1:${port}`;
  const run = (port: number) =>
    mqbench(Run, ["quick", "--on", system, "--url", url(port), "--out", temporaryFolder()]);

  it("at a port where nobody listens exits with 6", async () => {
    await expectRefusal(await run(1), 6, /127\.0\.0\.1:1/);
  });

  it("at a port where somebody speaks something else exits with 6", async () => {
    const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await expectRefusal(await run(port), 6, new RegExp(`127\\.0\\.0\\.1:${port}`));
    server.close();
  }, 40_000);
});

describe("a broker that refuses us", () => {
  let broker: BrokerLease;
  beforeAll(async () => {
    broker = await sharedBroker("rabbitmq");
  });

  it.each(["rabbitmq:quorum", "rabbitmq:classic"])(
    "%s: a wrong password exits with 6 and is not repeated",
    async (target) => {
      const url = new URL(broker.url);
      url.password = "sesame";
      const outcome = await mqbench(Run, [
        "quick",
        "--on",
        target,
        "--url",
        `rabbitmq=${url.href}`,
        "--out",
        temporaryFolder(),
      ]);
      await expectRefusal(outcome, 6, /refused/i);
      expect(outcome.stderr).not.toContain("sesame");
    },
  );
});

describe.each(["kafka", "rabbitmq:quorum", "rabbitmq:classic"])(
  "a name that already exists, on %s",
  (text) => {
    it("exits with 2, and is left alone", async () => {
      const target = resolveTarget(text);
      const broker = await sharedBroker(target.system);
      const driver = (await loadDriver(target))({ url: broker.url, mode: target.mode, options: {} });
      onTestFinished(() => driver.close());
      await driver.connect();
      const topology = {
        name: "taken",
        partitions: 1,
        subscriptions: ["sub-0"],
        durability: "disk",
        maxMessageBytes: 1024,
      } as const;
      await driver.create(topology);
      onTestFinished(() => driver.drop(topology));
      const argv = [
        "quick",
        "--on",
        text,
        "--url",
        `${target.system}=${broker.url}`,
        "--set",
        "stream.name=taken",
        "--out",
        temporaryFolder(),
      ];
      await expectRefusal(await mqbench(Run, argv), 2, /taken/);
      // Still there: ours to drop, not the run's.
      await expect(driver.create(topology, { existing: "refuse" })).rejects.toMatchObject({
        code: "STREAM_EXISTS",
      });
    }, 60_000);
  },
);

describe("mqbench report", () => {
  it.each<[string, string, RegExp]>([
    ["garbage", "garbage", /not JSON/],
    ["an empty file", "", /it is empty/],
    ["another tool's JSON", '{"hello": 1}', /not a run\.json of mqbench/],
    ["a newer schema", '{"schema":"mqbench/run","schemaVersion":"2.0"}', /schema version is 2\.0/],
    ["half a result", '{"schema":"mqbench/run","schemaVersion":"1.0"}', /must have required property/],
  ])("of %s exits with 2, naming the file", async (_, text, message) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "run.json"), text);
    const outcome = await mqbench(Report, [folder]);
    await expectRefusal(outcome, 2, message);
    expect(outcome.stderr).toContain(join(folder, "run.json"));
  });

  it("of a folder that is not there, or holds no run, exits with 2", async () => {
    await expectRefusal(await mqbench(Report, ["nosuch"]), 2, /nosuch/);
    const folder = temporaryFolder();
    mkdirSync(join(folder, "x"));
    chmodSync(folder, 0o700);
    await expectRefusal(await mqbench(Report, [folder]), 2, /run\.json/);
  });

  it("in a format that there is not exits with 2, listing what there is", async () => {
    await expectRefusal(await mqbench(Report, ["nosuch", "--as", "docx"]), 2, /docx/);
  });
});
