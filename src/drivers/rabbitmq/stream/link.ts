import { Connection } from "rabbitmq-stream-js-client/dist/connection.js";
import { CreditRequest } from "rabbitmq-stream-js-client/dist/requests/credit_request.js";
import type { Request } from "rabbitmq-stream-js-client/dist/requests/request.js";
import { type Offset, SubscribeRequest } from "rabbitmq-stream-js-client/dist/requests/subscribe_request.js";
import { UnsubscribeRequest } from "rabbitmq-stream-js-client/dist/requests/unsubscribe_request.js";
import type { Response } from "rabbitmq-stream-js-client/dist/responses/response.js";
import { BrokerError, messageOf } from "../../../model/errors.ts";
import { Chunk } from "./chunk.ts";
import type { StreamEndpoint } from "./endpoint.ts";
import { ANSWER, CLOSE, CODE, FrameCutter, KEY, TUNE } from "./frames.ts";
import { type Inside, insideOf } from "./inside.ts";
import { boundRequests, type Requests } from "./requests.ts";
import { StreamRefusal } from "./stream-error.ts";

/** Connecting and closing may take this long. */
const CONNECT_MS = 10_000;
const CLOSE_MS = 3000;
/** A broker that is silent for so many heartbeats is gone; it sends one in each interval when it has nothing else. */
const SILENT_HEARTBEATS = 3;
/** A subscription's number is one byte. */
const MOST_SUBSCRIPTIONS = 256;

export interface LinkOptions {
  readonly noDelay: boolean;
  readonly heartbeatS: number;
  /** What the broker lists the connection under. */
  readonly purpose: string;
}

/** What a link's user hears of, each called from the socket's read. */
export interface LinkEvents {
  /** Publishing ids are in `bytes`, eight bytes each, from `at`. */
  confirmed?(bytes: Buffer, at: number, count: number): void;
  /** Publishing ids with a code, ten bytes each. */
  refused?(bytes: Buffer, at: number, count: number): void;
  /** The broker has let go of a stream: it was deleted, or has no leader. */
  streamGone?(stream: string): void;
  /** Once, and not after `close`. */
  lost?(error: Error): void;
}

export interface Subscription {
  /** Lets the broker send so many more chunks. */
  credit(chunks: number): void;
  /** Nothing is delivered any more; never throws. */
  end(): Promise<void>;
}

/**
 * One connection of rabbitmq-stream-js-client. The library shakes hands, keeps the heartbeat and words requests; what
 * it reads is cut into frames here, and it gets to see no more than the answers to its requests. Why:
 * docs/decisions/0011-rabbitmq-streams.md.
 */
export class StreamLink {
  readonly connection: Connection;
  readonly inside: Inside;
  #events: LinkEvents = {};
  #gone: Error | undefined;
  #closing: Promise<void> | undefined;
  readonly #requests: Requests;
  readonly #subscriptions = new Map<number, (chunk: Chunk) => void>();
  #lastReadMs = performance.now();
  #watch: NodeJS.Timeout | undefined;

  private constructor({ host, port, username, password, vhost }: StreamEndpoint, options: LinkOptions) {
    const params = {
      ...{ hostname: host, port, username, password, vhost },
      heartbeat: options.heartbeatS,
      connectionName: `mqbench ${options.purpose}`,
      connectionId: options.purpose,
    };
    this.connection = Connection.create(params, SILENT);
    this.inside = insideOf(this.connection);
    this.inside.socket.setNoDelay(options.noDelay);
    this.#requests = boundRequests(this.connection);
    this.#takeOver();
  }

  /** @throws Error, within `patienceMs`: a {@link StreamRefusal}, or what became of the socket */
  static async open(
    endpoint: StreamEndpoint,
    options: LinkOptions,
    patienceMs = CONNECT_MS,
  ): Promise<StreamLink> {
    const link = new StreamLink(endpoint, options);
    const { socket } = link.inside;
    const late = setTimeout(() => socket.destroy(new Error("the broker did not answer")), patienceMs);
    try {
      await new Promise<void>((resolve, reject) => {
        link.#events = { lost: reject };
        link.connection.start().then(() => resolve(), reject);
        // The library's listener is asynchronous: what it throws would end the process.
        for (const shakeHands of socket.listeners("connect")) {
          socket.off("connect", shakeHands as () => void);
          socket.on("connect", () => void Promise.resolve(shakeHands.call(socket)).catch(reject));
        }
      });
    } catch (error) {
      link.drop(error instanceof Error ? error : new Error(messageOf(error)));
      throw error;
    } finally {
      clearTimeout(late);
      link.#events = {};
    }
    link.#watchSilence(options.heartbeatS);
    return link;
  }

  get frameMax(): number {
    return this.connection.maxFrameSize;
  }

  /** As well as to what it listens to already; a connection that was lost until then is told at once. */
  listen(events: LinkEvents): void {
    this.#events = { ...this.#events, ...events };
    if (this.#gone && !this.#closing) events.lost?.(this.#gone);
  }

  /** @throws StreamRefusal for an answer that is not OK, and Error when there is none in time */
  async request<T extends Response>(command: Request): Promise<T> {
    return await this.connection.sendAndWait<T>(command);
  }

  /** Chunks may come before this resolves. @throws as {@link request} */
  async subscribe(
    stream: string,
    offset: Offset,
    credit: number,
    onChunk: (chunk: Chunk) => void,
  ): Promise<Subscription> {
    const subscriptionId = this.#freeSubscription();
    this.#subscriptions.set(subscriptionId, onChunk);
    try {
      await this.request(new SubscribeRequest({ subscriptionId, stream, offset, credit }));
    } catch (error) {
      this.#subscriptions.delete(subscriptionId);
      throw error;
    }
    return {
      credit: (chunks) => void this.connection.send(new CreditRequest({ subscriptionId, credit: chunks })),
      end: async () => {
        this.#subscriptions.set(subscriptionId, () => {});
        await this.request(new UnsubscribeRequest(subscriptionId)).catch(() => {});
        this.#subscriptions.delete(subscriptionId);
      },
    };
  }

  /**
   * Closes politely, but not for longer than {@link CLOSE_MS}. Idempotent.
   * @param politely what is done before
   */
  close(politely: () => Promise<unknown> = async () => {}): Promise<void> {
    this.#closing ??= (async () => {
      this.#events = {};
      if (this.#gone === undefined) {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<void>((resolve) => {
          timer = setTimeout(resolve, CLOSE_MS);
        });
        const quietly = (closed: Promise<unknown>) => closed.catch(() => {});
        await Promise.race([quietly(politely()).then(() => quietly(this.connection.close())), late]);
        clearTimeout(timer);
      }
      this.drop(new Error("it was closed"));
    })();
    return this.#closing;
  }

  /** Ends it at once, with whatever its socket had still to send. */
  drop(why: Error): void {
    this.inside.socket.destroy();
    this.#lose(why);
  }

  /** Puts itself between the library and its socket, and between the library and who asks it. */
  #takeOver(): void {
    const { connection, inside } = this;
    const { socket } = inside;
    const toLibrary = inside.received.bind(connection);
    const cutter = new FrameCutter((bytes, start, end) => this.#frame(bytes, start, end, toLibrary));
    inside.received = (data) => {
      this.#lastReadMs = performance.now();
      try {
        cutter.push(data);
      } catch (error) {
        // What the broker sent makes no sense; anything else is a mistake of ours, which is to surface.
        if (!(error instanceof BrokerError || error instanceof RangeError)) throw error;
        this.drop(error);
      }
    };
    let failure: Error | undefined;
    socket.on("error", (error) => {
      failure = error;
    });
    socket.on("close", () => this.#lose(failure ?? new Error("the broker closed the connection")));
    // The library's own never settles when the connection goes, and rejects where nobody listens.
    connection.send = async (command) => {
      if (!this.#gone) socket.write(command.toBuffer(SMALL_REQUEST));
    };
  }

  #frame(bytes: Buffer, start: number, end: number, toLibrary: (data: Buffer) => void): void {
    const key = bytes.readUInt16BE(start + 4);
    const events = this.#events;
    switch (key) {
      case KEY.deliver:
        this.#subscriptions.get(bytes[start + 8]!)?.(new Chunk(bytes, start));
        break;
      case KEY.confirm:
        events.confirmed?.(bytes, start + 13, bytes.readUInt32BE(start + 9));
        break;
      case KEY.publishError:
        events.refused?.(bytes, start + 13, bytes.readUInt32BE(start + 9));
        break;
      case KEY.metadataUpdate:
        events.streamGone?.(textAt(bytes, start + 10));
        break;
      case CLOSE: {
        const why = `the broker closed: ${textAt(bytes, start + 14)}`;
        this.drop(new StreamRefusal(bytes.readUInt16BE(start + 12), why));
        break;
      }
      case TUNE:
        toLibrary(bytes.subarray(start, end));
        break;
      // Of a subscription that has just ended.
      case ANSWER | KEY.credit:
        break;
      default:
        if ((key & ANSWER) !== 0) this.#answer(bytes, start, end, toLibrary);
    }
  }

  #answer(bytes: Buffer, start: number, end: number, toLibrary: (data: Buffer) => void): void {
    const id = bytes.readUInt32BE(start + 8);
    // Metadata has a code for each stream only.
    const code = bytes.readUInt16BE(start + 4) === METADATA_ANSWER ? CODE.ok : bytes.readUInt16BE(start + 12);
    if (code === CODE.ok) toLibrary(bytes.subarray(start, end));
    else
      this.#requests.refuse(
        id,
        new StreamRefusal(code, `command ${bytes.readUInt16BE(start + 4) & ~ANSWER}`),
      );
  }

  #freeSubscription(): number {
    for (let id = 0; id < MOST_SUBSCRIPTIONS; id++) if (!this.#subscriptions.has(id)) return id;
    throw new Error(`a connection has at most ${MOST_SUBSCRIPTIONS} subscriptions`);
  }

  #watchSilence(heartbeatS: number): void {
    if (heartbeatS <= 0 || this.#gone) return;
    this.#watch = setInterval(() => {
      if (performance.now() - this.#lastReadMs < SILENT_HEARTBEATS * heartbeatS * 1000) return;
      this.drop(new Error(`the broker was silent for ${SILENT_HEARTBEATS} heartbeats`));
    }, heartbeatS * 1000);
    this.#watch.unref();
  }

  #lose(error: Error): void {
    if (this.#gone) return;
    this.#gone = error;
    clearInterval(this.#watch);
    this.inside.heartbeat.stop();
    this.#subscriptions.clear();
    this.#requests.refuseAll(error);
    this.#events.lost?.(error);
  }
}

/** A string with its size in two bytes before it. */
function textAt(bytes: Buffer, at: number): string {
  return bytes.toString("utf8", at + 2, at + 2 + bytes.readUInt16BE(at));
}

const METADATA_ANSWER = ANSWER | 15;
/** The library would fill 64 KiB with zeros for each. */
const SMALL_REQUEST = { initialSize: 1024, maxSize: 1024 ** 2 };
const quiet = () => {};
const SILENT = { debug: quiet, info: quiet, error: quiet, warn: quiet };
