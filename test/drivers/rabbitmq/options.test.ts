import { describe, expect, test } from "vitest";
import { amqplibDriver } from "../../../src/drivers/rabbitmq/amqplib.ts";
import { namingOf } from "../../../src/drivers/rabbitmq/naming.ts";
import { endpointsOf, rabbitOptions } from "../../../src/drivers/rabbitmq/options.ts";

const guest = { port: 5672, username: "guest", password: "guest", vhost: "/" };

describe("a RabbitMQ URL", () => {
  test.each([
    ["amqp://h", { ...guest, host: "h" }],
    ["amqp://h/", { ...guest, host: "h" }],
    ["amqp://[::1]:5/v", { ...guest, host: "::1", port: 5, vhost: "v" }],
    ["amqp://u:p%40ss@h/a%2Fb", { host: "h", port: 5672, username: "u", password: "p@ss", vhost: "a/b" }],
  ])("is read: %s", (text, want) => {
    expect(endpointsOf(text)).toEqual([want]);
  });

  test.each([
    "",
    "h:5672",
    "amqps://u:s3cret@h",
    "http://u:s3cret@h",
    "amqp://u:s3cret@h/?heartbeat=5",
    "amqp://u:s3cret%ZZ@h",
    "amqp://u:s3cret@h:1,/v",
    "amqp://u:s3cret@h:1,g:99999",
  ])("is refused without telling the password: %s", (text) => {
    expect(() => endpointsOf(text)).toThrow(expect.objectContaining({ code: "BAD_URL" }));
    expect(() => endpointsOf(text)).not.toThrow(/s3cret/);
  });

  test("names several nodes with one user and vhost", () => {
    expect(endpointsOf("amqp://u%2C:p%40@a:1,b,[::1]:3/v")).toEqual([
      { host: "a", port: 1, username: "u,", password: "p@", vhost: "v" },
      { host: "b", port: 5672, username: "u,", password: "p@", vhost: "v" },
      { host: "::1", port: 3, username: "u,", password: "p@", vhost: "v" },
    ]);
  });

  test("may be missing until the driver connects", async () => {
    const driver = amqplibDriver({ url: "", mode: "quorum", options: {} });
    expect(driver.capabilities.durability).toContain("fsync");
    await expect(driver.connect()).rejects.toMatchObject({ code: "BAD_URL" });
    await driver.close();
  });
});

describe("the RabbitMQ driver's options", () => {
  test("have defaults that do not bias a measurement", () => {
    expect(rabbitOptions({})).toMatchObject({
      mandatory: true,
      noDelay: true,
      heartbeatS: 10,
      reconnect: { delayMs: 100, maxDelayMs: 1000, giveUpAfterMs: 60_000 },
      republish: false,
      framing: "direct",
      queueArguments: {},
    });
  });

  test.each([
    [{ prefetch: 1 }, /prefetch is not an option/],
    [{ mandatory: "yes" }, /mandatory is neither/],
    [{ noDelay: 1 }, /noDelay is neither/],
    [{ heartbeat: "1.5s" }, /heartbeat is not in whole seconds/],
    [{ heartbeat: 60 }, /heartbeat is not a duration/],
    [{ reconnect: true }, /reconnect is neither off nor a mapping/],
    [{ reconnect: { after: "1s" } }, /reconnect.after is not known/],
    [{ reconnect: { delay: 5 } }, /reconnect.delay is not a duration/],
    [{ reconnect: { giveUpAfter: "0s" } }, /reconnect.giveUpAfter is less than a millisecond/],
    [{ reconnect: { delay: "2s" } }, /maxDelay of 1s is less than the delay of 2s/],
    [{ republish: "yes" }, /republish is neither/],
    [{ republish: true, reconnect: "off" }, /republish needs another connection/],
    [{ framing: "fast" }, /framing is neither direct nor amqplib/],
    [{ managementUrl: "here" }, /managementUrl is not a URL/],
    [{ queueArguments: [] }, /queueArguments is not a mapping/],
    [{ queueArguments: { "x-queue-type": "stream" } }, /which the mode decides/],
    [{ queueArguments: { "x-a": {} } }, /x-a is not a string/],
  ])("are refused when they make no sense: %j", (options, message) => {
    expect(() => rabbitOptions(options)).toThrow(message);
  });

  test("can turn the new connections off", () => {
    expect(rabbitOptions({ reconnect: "off" }).reconnect).toBeUndefined();
  });

  test("are refused with a mode that there is not", () => {
    expect(() => amqplibDriver({ url: "", mode: "stream", options: {} })).toThrow(/no mode "stream"/);
  });
});

describe("a stream's names", () => {
  const topology = { name: "n", durability: "disk", maxMessageBytes: 1 } as const;

  test("use the default exchange for a single queue", () => {
    const naming = namingOf({ ...topology, partitions: 1, subscriptions: ["a"] });
    expect([naming.exchange, naming.routingKey(0), naming.queues.map((q) => q.name)]).toEqual([
      "",
      "n.a.0",
      ["n.a.0"],
    ]);
  });

  test("have a queue for each pair and the partition as routing key", () => {
    const naming = namingOf({ ...topology, partitions: 2, subscriptions: ["a", "b"] });
    expect([naming.exchange, naming.routingKey(1)]).toEqual(["n", "1"]);
    expect(naming.queues.map((q) => q.name)).toEqual(["n.a.0", "n.b.0", "n.a.1", "n.b.1"]);
  });
});
