import { CODE } from "./frames.ts";

/** An answer of the broker that is not OK. */
export class StreamRefusal extends Error {
  readonly code: number;

  constructor(code: number, asked: string) {
    super(`${NAMES[code] ?? `response code ${code}`} (${asked})`);
    this.name = "StreamRefusal";
    this.code = code;
  }
}

/** As the protocol's document words them. */
const NAMES: Readonly<Record<number, string>> = {
  [CODE.noStream]: "stream does not exist",
  [CODE.streamExists]: "stream already exists",
  [CODE.notAvailable]: "stream not available",
  [CODE.badMechanism]: "SASL mechanism not supported",
  [CODE.badPassword]: "authentication failure",
  [CODE.saslError]: "SASL error",
  [CODE.loopbackOnly]: "authentication failure: this user may connect from the broker's own machine only",
  [CODE.badVhost]: "virtual host access failure",
  [CODE.accessRefused]: "access refused",
  [CODE.precondition]: "precondition failed",
  [CODE.noPublisher]: "publisher does not exist",
  [CODE.noOffset]: "no offset",
};

/** Whether the error is an answer with one of these codes. */
export function isRefusal(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof StreamRefusal && (codes.length === 0 || codes.includes(error.code));
}
