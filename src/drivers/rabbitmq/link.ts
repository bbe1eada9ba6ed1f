import { messageOf } from "../../model/errors.ts";
import type { EventKind } from "../driver.ts";
import type { Endpoint, Reconnect } from "./options.ts";

/** A connection, and the number of the endpoint that it is to. */
export interface Opened<C> {
  readonly connection: C;
  readonly index: number;
}

/** Where a link leads, and how connections of its client library are made and ended. */
export interface Line<C> {
  readonly endpoints: readonly Endpoint[];
  readonly reconnect: Reconnect | undefined;
  /**
   * To the first of the endpoints, from number `from` on and around, that can be reached.
   * @throws within `patienceMs` for each endpoint
   */
  open(from: number, patienceMs: number | undefined): Promise<Opened<C>>;
  /** Has it told when the connection is lost, and what else the broker says of it. */
  watch(connection: C, lost: (error: Error) => void, event: LinkUser<C>["event"]): void;
  /** Ends it at once. */
  drop(connection: C, why: string): void;
  /** Ends it within a bounded time, after `politely`. */
  close(connection: C, politely: () => Promise<unknown>): Promise<void>;
  /** Whether what ended a connection, or kept one from being made, will be so the next time as well. */
  isLasting(error: unknown): boolean;
}

/** What uses a link: one producer or consumer. */
export interface LinkUser<C> {
  /**
   * Makes ready what is used of a new connection, which is in use from here on.
   * @param fail says that the connection has become useless, such as by an error of its channel
   */
  attach(connection: C, fail: (error: Error, code?: string) => void): Promise<void>;
  /** The connection is gone; nothing of it may be used any more. Also after an `attach` that failed. */
  detach(code: string): void;
  /** A new connection is in place of one that was lost. */
  returned(): void;
  /** Nothing will come any more. `detach` was called before. */
  broke(code: string): void;
  event(kind: EventKind, detail: string): void;
}

/** One connection, and whether it is gone. */
interface Life<C> {
  readonly connection: C;
  gone: Error | undefined;
}

/** A try to connect again, and what it makes ready, may each take this long. */
const TRY_MS = 5_000;

/**
 * The connection of one producer or consumer, and the next one when it is lost: on the node after that one, again
 * and again with growing delays. Once closed, or refused for good, or after `giveUpAfter`, it stays without.
 */
export class Link<C> {
  readonly #line: Line<C>;
  readonly #user: LinkUser<C>;
  #life: Life<C> | undefined;
  /** Of the endpoint that the connection is to. */
  #at = 0;
  #closing: Promise<void> | undefined;
  #trying: Promise<void> | undefined;
  #wake = (): void => {};

  constructor(line: Line<C>, user: LinkUser<C>) {
    this.#line = line;
    this.#user = user;
  }

  /** The first connection. @throws what it was refused with */
  async open(): Promise<void> {
    await this.#connect(0, undefined);
  }

  /** @param politely what is done before the connection is closed, if there is one */
  close(politely: () => Promise<unknown>): Promise<void> {
    this.#closing ??= (async () => {
      this.#wake();
      const life = this.#life;
      this.#life = undefined;
      if (life !== undefined) await this.#line.close(life.connection, politely);
      await this.#trying;
    })();
    return this.#closing;
  }

  async #connect(from: number, patienceMs: number | undefined): Promise<void> {
    const line = this.#line;
    const { connection, index } = await line.open(from, patienceMs);
    const life: Life<C> = { connection, gone: undefined };
    const fail = (error: Error, code = "CONNECTION_LOST"): void => {
      life.gone ??= error;
      if (life === this.#life) this.#lost(life, error, code);
    };
    line.watch(connection, fail, (kind, detail) => this.#user.event(kind, detail));
    // The broker may fall silent now, and a heartbeat takes longer to tell.
    const bound = setTimeout(
      () => line.drop(connection, "the broker did not answer"),
      patienceMs ?? 2 * TRY_MS,
    );
    try {
      await this.#user.attach(connection, fail);
      if (life.gone !== undefined) throw life.gone;
      if (this.#closing) throw new Error("it was closed meanwhile");
    } catch (error) {
      this.#user.detach("CONNECTION_LOST");
      line.drop(connection, messageOf(error));
      throw error;
    } finally {
      clearTimeout(bound);
    }
    this.#at = index;
    this.#life = life;
  }

  #lost({ connection }: Life<C>, error: Error, code: string): void {
    this.#life = undefined;
    this.#user.detach(code);
    // What is still in the socket's buffer would get to the broker after others took its place.
    this.#line.drop(connection, error.message);
    if (this.#closing) return;
    const { reconnect } = this.#line;
    if (reconnect === undefined || this.#line.isLasting(error)) this.#breakOff(code, error.message);
    else {
      this.#user.event("disconnected", error.message);
      this.#trying = this.#again(reconnect, code);
    }
  }

  async #again({ delayMs, maxDelayMs, giveUpAfterMs }: Reconnect, code: string): Promise<void> {
    const { endpoints } = this.#line;
    const sinceMs = performance.now();
    for (let tries = 1; ; tries++) {
      await this.#pause(Math.min(maxDelayMs, delayMs * 2 ** (tries - 1)));
      if (this.#closing) return;
      const failure = await this.#connect(this.#at + 1, TRY_MS).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      if (failure === undefined) {
        const { host, port } = endpoints[this.#at]!;
        this.#user.event("reconnected", `to ${host}:${port}, at try ${tries}`);
        return this.#user.returned();
      }
      if (this.#closing) return;
      const why = messageOf(failure.error);
      if (this.#line.isLasting(failure.error)) return this.#breakOff(code, why);
      const lastedMs = performance.now() - sinceMs;
      if (lastedMs > giveUpAfterMs)
        return this.#breakOff(
          code,
          `given up after ${Math.round(lastedMs / 1e3)} s and ${tries} tries: ${why}`,
        );
    }
  }

  #breakOff(code: string, detail: string): void {
    this.#user.broke(code);
    this.#user.event("broken", detail);
  }

  /** Ends early when the link is closed. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
