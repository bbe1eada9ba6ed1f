import type { Socket } from "node:net";
import { type ChannelModel, connect } from "amqplib";
import { BrokerError, messageOf, UserError } from "../../model/errors.ts";
import { codeOf, NOT_FOUND } from "./declare.ts";
import type { Line, Opened } from "./link.ts";
import type { Endpoint, RabbitOptions } from "./options.ts";

/** Connecting may take this long, and closing that. */
const PATIENCE_MS = 10_000;
const CLOSE_PATIENCE_MS = 5_000;

/** Frames of 128 KiB, as most clients ask for: larger ones save nothing, smaller ones cut bodies up. */
const FRAME_MAX_BYTES = 131_072;

/** What amqplib 2.3.1 knows of a connection but does not declare. */
interface Negotiated {
  readonly frameMax: number;
  readonly channelMax: number;
  readonly heartbeat: number;
  readonly stream: Socket;
}

export function negotiated(model: ChannelModel): Negotiated {
  return model.connection as unknown as Negotiated;
}

/** A line through amqplib. */
export interface AmqpLine extends Line<ChannelModel> {
  readonly options: RabbitOptions;
}

/** @param purpose what the broker lists its connections under */
export function amqpLine(endpoints: readonly Endpoint[], options: RabbitOptions, purpose: string): AmqpLine {
  return {
    endpoints,
    options,
    reconnect: options.reconnect,
    open: (from, patienceMs) => openAny(endpoints, from, options, purpose, patienceMs),
    watch(model, lost, event) {
      model.on("close", (error) => lost(error ?? new Error("the broker closed the connection")));
      model.on("blocked", (reason) => event("blocked", reason));
      model.on("unblocked", () => event("unblocked", ""));
    },
    drop: dropConnection,
    close: closeConnection,
    isLasting,
  };
}

/**
 * Opens a connection to the first of the endpoints, from number `from` on and around, that can be reached.
 * @param purpose what the broker lists it under
 * @throws BrokerError `BROKER_UNREACHABLE` or `BROKER_REFUSED`, within `patienceMs` for each endpoint and without the
 *   password
 */
export async function openAny(
  endpoints: readonly Endpoint[],
  from: number,
  options: RabbitOptions,
  purpose: string,
  patienceMs = PATIENCE_MS,
): Promise<Opened<ChannelModel>> {
  let unreachable: unknown;
  for (let i = 0; i < endpoints.length; i++) {
    const index = (from + i) % endpoints.length;
    try {
      return { connection: await openConnection(endpoints[index]!, options, purpose, patienceMs), index };
    } catch (error) {
      if (isLasting(error)) throw error;
      unreachable ??= error;
    }
  }
  throw unreachable;
}

async function openConnection(
  at: Endpoint,
  options: RabbitOptions,
  purpose: string,
  patienceMs: number,
): Promise<ChannelModel> {
  try {
    const model = await connect(
      {
        protocol: "amqp",
        hostname: at.host,
        port: at.port,
        username: at.username,
        password: at.password,
        // amqplib decodes it once more.
        vhost: encodeURIComponent(at.vhost),
        frameMax: FRAME_MAX_BYTES,
        heartbeat: options.heartbeatS,
      },
      {
        noDelay: options.noDelay,
        timeout: patienceMs,
        clientProperties: { connection_name: `mqbench ${purpose}` },
      },
    );
    corkWithinTick(negotiated(model).stream);
    // Whoever uses the connection listens to "close"; an "error" without a listener would end the process.
    model.on("error", () => {});
    return model;
  } catch (error) {
    throw connectError(error, at);
  }
}

/** Closes politely, but not for longer than {@link CLOSE_PATIENCE_MS}; what is broken is closed already. */
export async function closeConnection(model: ChannelModel, politely: () => Promise<unknown>): Promise<void> {
  const { stream } = negotiated(model);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      dropConnection(model, "the broker did not answer while closing");
      resolve();
    }, CLOSE_PATIENCE_MS);
  });
  const quietly = (closed: Promise<unknown>) => closed.catch(() => {});
  await Promise.race([late, quietly(politely()).then(() => quietly(model.close()))]);
  clearTimeout(timer);
  stream.destroy();
}

/** Ends it at once, with whatever its socket had still to send. */
function dropConnection(model: ChannelModel, why: string): void {
  // With an error, because only then amqplib ends its heartbeat, which would keep the process alive.
  negotiated(model).stream.destroy(new Error(why));
}

/**
 * Whether what ended a connection, or kept one from being made, will be so the next time as well. A broker that is
 * being stopped or started says CONNECTION_FORCED or INTERNAL_ERROR (AMQP 0-9-1 reply codes), and RabbitMQ says
 * NOT_FOUND also of a queue whose node or process is away; of one that is gone it says "no queue".
 */
export function isLasting(error: unknown): boolean {
  if (error instanceof UserError) return true;
  if (error instanceof BrokerError) return DENIED.test(messageOf(error.cause));
  const code: unknown = codeOf(error);
  // Of the socket, or of the heartbeat.
  if (typeof code !== "number") return false;
  if (code === NOT_FOUND) return /no (queue|exchange|vhost) /.test(messageOf(error));
  return code !== CONNECTION_FORCED && code !== INTERNAL_ERROR;
}

const CONNECTION_FORCED = 320;
const INTERNAL_ERROR = 541;
/** The answer to a wrong user or password. Its number may also be part of a port. */
const DENIED = /ACCESS[-_]REFUSED/;

/**
 * amqplib writes each frame to the socket by itself: a system call for each message and each
 * acknowledgement, more than half of its CPU time. Here all that is written before the event loop's next
 * step leaves in one call; nothing waits for longer than that.
 */
function corkWithinTick(socket: Socket): void {
  const write = socket.write;
  let corked = false;
  const uncork = () => {
    corked = false;
    socket.uncork();
  };
  socket.write = function (this: Socket, ...args: unknown[]): boolean {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(uncork);
    }
    return Reflect.apply(write, this, args);
  } as Socket["write"];
}

function connectError(error: unknown, { host, port, username, vhost }: Endpoint): BrokerError {
  const text = messageOf(error);
  const who = `RabbitMQ at ${host}:${port}`;
  const refused = (why: string, hint: string) =>
    new BrokerError(`${who} refused the connection: ${why}`, {
      code: "BROKER_REFUSED",
      hints: [hint],
      cause: error,
    });
  if (DENIED.test(text))
    return refused(`user ${username} or the password is wrong`, "Check user and password in the URL.");
  // amqplib says no more than that the answer to connection.open was a close.
  if (/Expected ConnectionOpenOk/.test(text))
    return refused(
      `vhost ${vhost} does not exist, or user ${username} may not use it`,
      "Check the vhost in the URL; the default one is written as no path at all.",
    );
  if (/Handshake terminated|SASL|Expected Connection/.test(text))
    return refused(text, "Check that the URL points to an AMQP 0-9-1 listener.");
  return new BrokerError(`cannot reach ${who}: ${text}`, {
    code: "BROKER_UNREACHABLE",
    hints: [`Check that the broker runs and that ${host}:${port} is its AMQP listener.`],
    cause: error,
  });
}
