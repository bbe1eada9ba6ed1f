import { protocolErrorsCodesById } from "@platformatic/kafka";
import { BrokerError } from "../../../model/errors.ts";
import { translate } from "../platformatic/client-error.ts";

/** The protocol's name of an error code in an answer. */
export function protocolErrorName(code: number): string {
  return protocolErrorsCodesById[code] ?? `ERROR_${code}`;
}

/** The protocol's name of what a broker or the client library says, or what comes closest to one. */
export function brokerCodeOf(error: unknown): string {
  return error instanceof BrokerError ? error.code : translate(error).type;
}
