import { expect, test } from "vitest";
import { givenUrls } from "../../src/brokers/given.ts";
import { UserError } from "../../src/model/errors.ts";

const GOOD: readonly { flags: string[]; env?: Record<string, string>; want: Record<string, string> }[] = [
  { flags: [], want: {} },
  { flags: ["kafka=host:9092"], want: { kafka: "host:9092" } },
  { flags: ["kafka=a:9092, b:9093"], want: { kafka: "a:9092,b:9093" } },
  { flags: ["kafka=[::1]:9092"], want: { kafka: "[::1]:9092" } },
  { flags: ["rabbitmq=amqp://u:p@h:5672/v"], want: { rabbitmq: "amqp://u:p@h:5672/v" } },
  {
    flags: ["rabbitmq=amqp://u:p@h:5672, [::1]:5673/v"],
    want: { rabbitmq: "amqp://u:p@h:5672,[::1]:5673/v" },
  },
  {
    flags: ["rabbitmq=rabbitmq-stream://u@h:5552,g:5553/v"],
    env: { MQBENCH_RABBITMQ_PASSWORD: "x" },
    want: { rabbitmq: "rabbitmq-stream://u:x@h:5552,g:5553/v" },
  },
  { flags: ["rabbitmq=amqps://h"], want: { rabbitmq: "amqps://h" } },
  { flags: [], env: { MQBENCH_KAFKA_URL: "e:1" }, want: { kafka: "e:1" } },
  { flags: ["kafka=f:2"], env: { MQBENCH_KAFKA_URL: "e:1" }, want: { kafka: "f:2" } },
  {
    flags: ["kafka=f:2", "rabbitmq=amqp://h/"],
    env: { MQBENCH_RABBITMQ_USERNAME: "me", MQBENCH_RABBITMQ_PASSWORD: "p@ss/w" },
    want: { kafka: "f:2", rabbitmq: "amqp://me:p%40ss%2Fw@h/" },
  },
  {
    flags: ["rabbitmq=amqp://h,g:1/"],
    env: { MQBENCH_RABBITMQ_USERNAME: "me", MQBENCH_RABBITMQ_PASSWORD: "x" },
    want: { rabbitmq: "amqp://me:x@h,g:1/" },
  },
  // What the URL says wins.
  {
    flags: ["rabbitmq=amqp://u:p@h/"],
    env: { MQBENCH_RABBITMQ_USERNAME: "me", MQBENCH_RABBITMQ_PASSWORD: "x" },
    want: { rabbitmq: "amqp://u:p@h/" },
  },
];

test.each(GOOD)("$flags with $env gives $want", ({ flags, env, want }) => {
  expect(Object.fromEntries(givenUrls(flags, env ?? {}))).toEqual(want);
});

const BAD: readonly { flags: string[]; env?: Record<string, string>; message: RegExp }[] = [
  { flags: ["host:9092"], message: /--url: it is not SYSTEM=URL/ },
  { flags: ["=x"], message: /--url: it is not SYSTEM=URL/ },
  { flags: ["nats=h:1"], message: /--url: there is no system "nats"/ },
  { flags: ["kafka=h:1", "kafka=h:2"], message: /kafka is given twice/ },
  { flags: ["kafka=host"], message: /--url kafka: "host" is not host:port/ },
  { flags: ["kafka=a:1,"], message: /"" is not host:port/ },
  { flags: ["kafka=a:70000"], message: /70000 is not a port/ },
  { flags: ["kafka=kafka://a:1"], message: /without a scheme/ },
  { flags: ["rabbitmq=h:5672"], message: /scheme is h:/ },
  {
    flags: ["rabbitmq=http://h"],
    message: /its scheme is http:\/\/, not amqp:\/\/ or amqps:\/\/ or rabbitmq-stream:\/\//,
  },
  { flags: ["rabbitmq=//"], message: /it is not a URL/ },
  { flags: ["rabbitmq=amqp:///v"], message: /names no host/ },
  { flags: ["rabbitmq=amqp://h,/v"], message: /names no host/ },
  { flags: [], env: { MQBENCH_RABBITMQ_URL: "nonsense" }, message: /^MQBENCH_RABBITMQ_URL: it is not a URL/ },
];

test.each(BAD)("$flags with $env is refused: $message", ({ flags, env, message }) => {
  const run = () => givenUrls(flags, env ?? {});
  expect(run).toThrow(UserError);
  expect(run).toThrow(message);
});

test("an error never repeats a password", () => {
  for (const flag of ["rabbitmq=http://u:secret@h", "amqp://u:secret@h", "rabbitmq=amqp://u:secret@h:x"])
    try {
      givenUrls([flag], {});
      expect.unreachable();
    } catch (error) {
      expect(String((error as UserError).message)).not.toContain("secret");
    }
});
