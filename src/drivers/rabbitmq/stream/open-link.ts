import { BrokerError, messageOf, UserError } from "../../../model/errors.ts";
import type { Line, Opened } from "../link.ts";
import type { Reconnect } from "../options.ts";
import { ENABLE_HINT, PORT_HINT, type StreamEndpoint } from "./endpoint.ts";
import { CODE } from "./frames.ts";
import { type LinkOptions, StreamLink } from "./link.ts";
import { isRefusal } from "./stream-error.ts";

type Endpoints = readonly [StreamEndpoint, ...StreamEndpoint[]];

/** A line over the stream protocol. */
export function streamLine(
  endpoints: Endpoints,
  options: LinkOptions,
  reconnect: Reconnect | undefined,
): Line<StreamLink> {
  return {
    endpoints,
    reconnect,
    open: (from, patienceMs) => openLink(endpoints, options, from, patienceMs),
    watch: (link, lost) => link.listen({ lost }),
    drop: (link, why) => link.drop(new Error(why)),
    close: (link, politely) => link.close(politely),
    isLasting,
  };
}

/**
 * Connects to the first of the endpoints, from number `from` on and around, that can be reached.
 * @throws BrokerError `BROKER_UNREACHABLE` or `BROKER_REFUSED`, without the password
 */
export async function openLink(
  endpoints: Endpoints,
  options: LinkOptions,
  from = 0,
  patienceMs?: number,
): Promise<Opened<StreamLink>> {
  let unreachable: BrokerError | undefined;
  for (let i = 0; i < endpoints.length; i++) {
    const index = (from + i) % endpoints.length;
    const endpoint = endpoints[index]!;
    try {
      return { connection: await StreamLink.open(endpoint, options, patienceMs), index };
    } catch (error) {
      const worded = connectError(error, endpoint);
      if (isLasting(worded)) throw worded;
      unreachable ??= worded;
    }
  }
  throw unreachable;
}

/** A wrong password stays wrong, and a stream that does not exist stays away; a vhost may only be starting. */
function isLasting(error: unknown): boolean {
  if (error instanceof UserError) return true;
  const cause = error instanceof BrokerError ? error.cause : error;
  return isRefusal(cause, CODE.noStream, CODE.accessRefused, ...BAD_LOGIN);
}

const BAD_LOGIN = [CODE.badPassword, CODE.saslError, CODE.badMechanism, CODE.loopbackOnly];

function connectError(error: unknown, { host, port, username, vhost }: StreamEndpoint): BrokerError {
  const who = `RabbitMQ's streams at ${host}:${port}`;
  const refused = (why: string, hint: string) =>
    new BrokerError(`${who} refused the connection: ${why}`, {
      code: "BROKER_REFUSED",
      hints: [hint],
      cause: error,
    });
  if (isRefusal(error, CODE.badVhost, CODE.accessRefused))
    return refused(
      `vhost ${vhost} does not exist, or user ${username} may not use it`,
      "Check the vhost in the URL; the default one is written as no path at all.",
    );
  if (isRefusal(error, ...BAD_LOGIN))
    return refused(
      `user ${username} or the password is wrong, or the user may not connect from here`,
      "Check user and password in the URL.",
    );
  if (isRefusal(error)) return refused(messageOf(error), PORT_HINT);
  return new BrokerError(`cannot reach ${who}: ${messageOf(error)}`, {
    code: "BROKER_UNREACHABLE",
    hints: ["Check that the broker runs.", `${ENABLE_HINT}.`, PORT_HINT],
    cause: error,
  });
}
