import { expect, test } from "vitest";
import { addressText, parseAddresses } from "../../../src/drivers/kafka/address.ts";
import { parseFeatures } from "../../../src/drivers/kafka/features.ts";
import { kafkajsDriver } from "../../../src/drivers/kafka/kafkajs.ts";
import { COMPRESSIONS, DEFAULTS, readSettings } from "../../../src/drivers/kafka/settings.ts";

test("reads addresses as people write them", () => {
  const hosts = parseAddresses("kafka://a:1, b ,[::1]:3/");
  expect(hosts).toEqual([
    { host: "a", port: 1 },
    { host: "b", port: 9092 },
    { host: "::1", port: 3 },
  ]);
  expect(addressText(hosts)).toBe("a:1,b:9092,[::1]:3");
});

test.each(["a:b", "a:0", "a:70000", "a:1,,b:2", "user:secret@a:1", "amqp://a:1", " "])(
  "refuses the address %j",
  (url) => {
    expect(() => parseAddresses(url)).toThrow(
      expect.objectContaining({ name: "UserError", code: "BAD_URL" }),
    );
    expect(() => parseAddresses(url)).not.toThrow(/secret/);
  },
);

test.each([
  [{ acks: 1 }, /unknown Kafka option "acks"/],
  [{ replicationFactor: 1.5 }, /replicationFactor/],
  [{ fetchMaxWaitMs: 0 }, /fetchMaxWaitMs/],
  [{ compression: "lz4" }, /compression/],
  [{ heartbeatIntervalMs: 10_000 }, /heartbeatIntervalMs/],
  [{ isolation: "serializable" }, /isolation/],
])("refuses the options %j", (options, message) => {
  expect(() => readSettings(options, ["none", "gzip"])).toThrow(message);
  expect(() => readSettings(options, ["none", "gzip"])).toThrow(
    expect.objectContaining({ code: "BAD_OPTION" }),
  );
});

test("takes the options that it knows and has a value for the others", () => {
  expect(readSettings({ minInsyncReplicas: 2, compression: "gzip" }, ["none", "gzip"])).toEqual({
    ...DEFAULTS,
    minInsyncReplicas: 2,
    compression: "gzip",
  });
});

test("only the client that makes its record batches itself has another clock", () => {
  expect(readSettings({ timestampAheadMs: 5 }, COMPRESSIONS).timestampAheadMs).toBe(5);
  expect(() => kafkajsDriver({ url: "", mode: "log", options: { timestampAheadMs: 5 } })).toThrow(
    /timestampAheadMs: 5 is not possible/,
  );
});

test("a plan's isolation is taken, and an option that contradicts it is not", () => {
  expect(readSettings({}, COMPRESSIONS, "committed").isolation).toBe("read_committed");
  expect(readSettings({ isolation: "read_committed" }, COMPRESSIONS, "committed").isolation).toBe(
    "read_committed",
  );
  expect(() => readSettings({ isolation: "read_uncommitted" }, COMPRESSIONS, "committed")).toThrow(
    /contradicts consumers.isolation/,
  );
});

test("takes the compressions that the client has, and no others", () => {
  for (const compression of COMPRESSIONS)
    expect(readSettings({ compression }, COMPRESSIONS).compression).toBe(compression);
  expect(() => readSettings({ compression: "gzip" }, ["none", "lz4"])).toThrow(/compression: "gzip"/);
  expect(() => readSettings({ compression: "brotli" }, COMPRESSIONS)).toThrow(/compression: "brotli"/);
});

test("tells its capabilities without an address, and misses it when it connects", async () => {
  const driver = kafkajsDriver({ url: "", mode: "log", options: {} });
  expect(driver.capabilities.sharing).toEqual(["exclusive"]);
  await expect(driver.connect()).rejects.toMatchObject({ name: "UserError", code: "BAD_URL" });
  await driver.close();
});

/** Correlation, no error, one API, throttle, one tag: supported features, of which one is metadata.version. */
const answer = (level: number) =>
  Buffer.concat([
    Buffer.from([0, 0, 0, 0, 0, 0, 2, 0, 18, 0, 0, 0, 4, 0, 0, 0, 0, 0, 1, 0, 23, 2, 17]),
    Buffer.from("metadata.version"),
    Buffer.from([0, 7, 0, level, 0]),
  ]);

test.each([
  [answer(30), "4.3"],
  [answer(27), "4.1"],
  [answer(31), "later than 4.3"],
  [answer(3), "unknown"],
  [Buffer.from([0, 0, 0, 0, 0, 35]), "unknown"],
  [Buffer.alloc(3), "unknown"],
])("derives the release from the features", (response, version) => {
  expect(parseFeatures(response)).toEqual({ version });
});
