import { expect, test } from "vitest";
import { addressesIn, withAddresses } from "../../src/faults/address.ts";
import { urlsOf, withHosts } from "../../src/model/broker-url.ts";
import { withoutPasswords } from "../../src/model/secrets.ts";

test.each([
  [
    "amqp://u:p%40@a:1,b,[::1]:3/v?x=1",
    ["amqp://u:p%40@a:1/v?x=1", "amqp://u:p%40@b/v?x=1", "amqp://u:p%40@[::1]:3/v?x=1"],
  ],
  ["amqp://a", ["amqp://a"]],
  ["amqp://u,v:p,q@a:1, b:2", ["amqp://u,v:p,q@a:1", "amqp://u,v:p,q@b:2"]],
  ["a:1,b:2", ["a:1,b:2"]],
  ["", [""]],
])("%s names a URL for each host", (text, want) => {
  expect(urlsOf(text)).toEqual(want);
});

test("other hosts take the place of those that a URL names, and nothing else changes", () => {
  expect(withHosts("amqp://u:p%2F@a:1,b/v", ["x:1", "y:2"])).toBe("amqp://u:p%2F@x:1,y:2/v");
});

test("a proxy stands in front of each node, in its place", () => {
  const url = "amqp://u:p@a:1,b,[::1]:3/v";
  expect(addressesIn(url)).toEqual([
    { host: "a", port: 1 },
    { host: "b", port: 5672 },
    { host: "::1", port: 3 },
  ]);
  const proxied = withAddresses(
    url,
    [7, 8, 9].map((port) => ({ host: "127.0.0.1", port })),
  );
  expect(proxied).toBe("amqp://u:p@127.0.0.1:7,127.0.0.1:8,127.0.0.1:9/v");
  expect(() => addressesIn("amqps://a:1,b:2")).toThrow(/network faults/);
});

test("no password of a URL with several hosts is told", () => {
  expect(withoutPasswords("amqp://u:secret@a:1,b:2/v")).toBe("amqp://u:***@a:1,b:2/v");
});
