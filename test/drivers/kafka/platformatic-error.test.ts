import { MultipleErrors, NetworkError, ResponseError, TimeoutError } from "@platformatic/kafka";
import { describe, expect, test } from "vitest";
import { codeOf } from "../../../src/drivers/kafka/outcome.ts";
import { translate } from "../../../src/drivers/kafka/platformatic/client-error.ts";

describe("the code of an error of the platformatic client", () => {
  const timeout = new TimeoutError("Request timed out");
  const closed = new NetworkError("Connection closed");
  const refused = new NetworkError("Connection to x failed.", {
    cause: Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }),
  });
  const answered = (codes: Record<string, number>): Error =>
    new ResponseError(
      0,
      11,
      Object.fromEntries(Object.entries(codes).map(([path, code]) => [path, [code, null]])),
      {},
    );
  test.each<[string, unknown, string]>([
    ["of a time-out", timeout, "REQUEST_TIMEOUT"],
    ["of a lost connection", closed, "CONNECTION_CLOSED"],
    ["of the operating system", refused, "ECONNREFUSED"],
    ["of the broker", answered({ "/a": 10 }), "MESSAGE_TOO_LARGE"],
    ["of a partition rather than of a record", answered({ "/a/records": -1, "/a": 87 }), "INVALID_RECORD"],
    ["that has none but unknown", answered({ "/a": -1 }), "UNKNOWN_SERVER_ERROR"],
    ["of the last attempt", new MultipleErrors("twice", [closed, timeout]), "REQUEST_TIMEOUT"],
    [
      "of the broker before others",
      new MultipleErrors("", [answered({ "": 19 }), closed]),
      "NOT_ENOUGH_REPLICAS",
    ],
    ["of something else", new RangeError("odd"), "UNKNOWN_ERROR"],
    ["of no error", "text", "UNKNOWN_ERROR"],
  ])("is the one %s", (_, error, code) => {
    expect(translate(error).type).toBe(code);
    expect(codeOf(translate(error))).toBe(code);
  });
});
