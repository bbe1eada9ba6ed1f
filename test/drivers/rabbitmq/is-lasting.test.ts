import { expect, test } from "vitest";
import { isLasting } from "../../../src/drivers/rabbitmq/connection.ts";
import { BrokerError, UserError } from "../../../src/model/errors.ts";

const amqp = (code: number, text: string) => Object.assign(new Error(`Channel closed: ${text}`), { code });
const broker = (code: string, cause: string) => new BrokerError("no", { code, cause: new Error(cause) });

test.each([
  ["a queue that is gone", amqp(404, "NOT_FOUND - no queue 'q' in vhost '/'")],
  ["an exchange that is gone", amqp(404, "NOT_FOUND - no exchange 'e' in vhost '/'")],
  ["missing rights", amqp(403, "ACCESS_REFUSED - read access to queue 'q' refused")],
  ["another queue of that name", amqp(406, "PRECONDITION_FAILED - inequivalent arg")],
  ["a mistake in our frames", amqp(501, "FRAME_ERROR - type 9")],
  ["a wrong password", broker("BROKER_REFUSED", "Handshake terminated by server: 403 (ACCESS-REFUSED)")],
  ["a mistake in the plan", new UserError("no", { code: "PREFETCH_TOO_SMALL" })],
])("%s will be so the next time", (_, error) => {
  expect(isLasting(error)).toBe(true);
});

test.each([
  ["a cut connection", Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" })],
  ["a silent peer", new Error("Heartbeat timeout")],
  ["a broker that is stopped", amqp(320, "CONNECTION_FORCED - shutdown")],
  ["a queue without a leader", amqp(541, "INTERNAL_ERROR")],
  ["a queue whose node is away", amqp(404, "NOT_FOUND - home node 'n' of durable queue 'q' is down")],
  ["a broker that is away", broker("BROKER_UNREACHABLE", "connect ECONNREFUSED 127.0.0.1:40312")],
  ["a vhost that is not there yet", broker("BROKER_REFUSED", "Expected ConnectionOpenOk; got close")],
])("%s may pass", (_, error) => {
  expect(isLasting(error)).toBe(false);
});
