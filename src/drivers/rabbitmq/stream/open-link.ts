import { BrokerError, messageOf } from "../../../model/errors.ts";
import { ENABLE_HINT, PORT_HINT, type StreamEndpoint } from "./endpoint.ts";
import { CODE } from "./frames.ts";
import { type LinkOptions, StreamLink } from "./link.ts";
import { isRefusal } from "./stream-error.ts";

/**
 * Connects to the first of the endpoints that can be reached.
 * @throws BrokerError `BROKER_UNREACHABLE` or `BROKER_REFUSED`, without the password
 */
export async function openLink(
  endpoints: readonly [StreamEndpoint, ...StreamEndpoint[]],
  options: LinkOptions,
): Promise<StreamLink> {
  let unreachable: BrokerError | undefined;
  for (const endpoint of endpoints)
    try {
      return await StreamLink.open(endpoint, options);
    } catch (error) {
      const worded = connectError(error, endpoint);
      if (worded.code === "BROKER_REFUSED") throw worded;
      unreachable ??= worded;
    }
  throw unreachable;
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
    hints: [`Check that the broker runs. ${ENABLE_HINT}. ${PORT_HINT}`],
    cause: error,
  });
}
