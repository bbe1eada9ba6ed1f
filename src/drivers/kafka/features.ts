import { connect } from "node:net";
import { BrokerError, messageOf } from "../../model/errors.ts";
import { type Address, addressText } from "./address.ts";

/** Kafka tells no client its version; what it says of its features comes close. */
export interface Features {
  /** `4.3`, `4.4 or later`, or `unknown`. */
  readonly version: string;
}

/**
 * First release for each value of the feature `metadata.version` (Kafka's MetadataVersion, as of 4.3.1;
 * KIP-584 for features). The largest that a broker supports says which release it is.
 */
const RELEASES: readonly (readonly [level: number, release: string])[] = [
  [7, "3.3"],
  [8, "3.4"],
  [9, "3.5"],
  [12, "3.6"],
  [15, "3.7"],
  [20, "3.8"],
  [21, "3.9"],
  [22, "4.0"],
  [26, "4.1"],
  [28, "4.2"],
  [30, "4.3"],
];
const NEWEST_LEVEL = 30;

const CONNECT_BOUND_MS = 10_000;

/**
 * Asks the brokers, one after another, until one answers.
 * @throws BrokerError `BROKER_UNREACHABLE` when none does within {@link CONNECT_BOUND_MS}.
 */
export async function askFeatures(
  addresses: readonly Address[],
  boundMs = CONNECT_BOUND_MS,
): Promise<Features> {
  const reasons: string[] = [];
  let cause: unknown;
  for (const address of addresses)
    try {
      return parseFeatures(await ask(address, Math.ceil(boundMs / addresses.length)));
    } catch (error) {
      cause = error;
      reasons.push(`${addressText([address])}: ${messageOf(error)}`);
    }
  throw new BrokerError(`Kafka cannot be reached at ${addressText(addresses)}: ${reasons.join("; ")}`, {
    code: "BROKER_UNREACHABLE",
    hints: [
      "Check the host and the port, and that a plain (not TLS) listener is there.",
      "Start the broker, or give its address with --url.",
    ],
    cause,
  });
}

/** One ApiVersions request of version 3 on a connection of its own → the response after its length. */
function ask({ host, port }: Address, boundMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const socket = connect({ host, port });
    const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${boundMs} ms`)), boundMs);
    socket.once("connect", () => socket.write(REQUEST));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      resolve(received.subarray(4));
      socket.destroy();
    });
    socket.once("error", reject);
    socket.once("close", () => {
      clearTimeout(timer);
      reject(new Error("it closed the connection without an answer, which is not what Kafka does"));
    });
  });
}

const CLIENT = Buffer.from("\u0008mqbench\u00020", "latin1");

/** Length; key 18, version 3, correlation 0, no client id, no tags; the client's name and version, no tags. */
const REQUEST = Buffer.concat([
  Buffer.from([0, 0, 0, 12 + CLIENT.length, 0, 18, 0, 3, 0, 0, 0, 0, 0xff, 0xff, 0]),
  CLIENT,
  Buffer.from([0]),
]);

/** The response, from the correlation id on; one that cannot be read gives `unknown`. */
export function parseFeatures(response: Buffer): Features {
  try {
    return { version: release(supportedLevel(response)) };
  } catch {
    return { version: "unknown" };
  }
}

function release(level: number): string {
  const name = RELEASES.findLast(([from]) => from <= level)?.[1];
  if (name === undefined) return "unknown";
  return level > NEWEST_LEVEL ? `later than ${name}` : name;
}

const SUPPORTED_FEATURES = 0;

/** The largest `metadata.version` in ApiVersionsResponse v3; 0: none is named (before KRaft). */
function supportedLevel(response: Buffer): number {
  let at = 4;
  const int16 = (): number => {
    at += 2;
    return response.readInt16BE(at - 2);
  };
  const unsigned = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = response.readUInt8(at++);
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const skipTags = (): void => {
    for (let n = unsigned(); n > 0; n--) {
      unsigned();
      at += unsigned();
    }
  };
  if (int16() !== 0) return 0;
  for (let n = unsigned() - 1; n > 0; n--) {
    at += 6;
    skipTags();
  }
  at += 4;
  for (let tags = unsigned(); tags > 0; tags--) {
    const tag = unsigned();
    const end = unsigned() + at;
    if (tag === SUPPORTED_FEATURES)
      for (let n = unsigned() - 1; n > 0; n--) {
        const length = unsigned() - 1;
        const name = response.toString("utf8", at, at + length);
        at += length;
        const [, largest] = [int16(), int16()];
        skipTags();
        if (name === "metadata.version") return largest;
      }
    at = end;
  }
  return 0;
}
