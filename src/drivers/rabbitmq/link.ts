import type { ChannelModel } from "amqplib";
import { messageOf } from "../../model/errors.ts";
import type { EventKind } from "../driver.ts";
import { closeConnection, dropConnection, isLasting, openAny } from "./connection.ts";
import type { Endpoint, RabbitOptions } from "./options.ts";

/** Where a link leads, and what the broker lists its connections under. */
export interface Line {
  readonly endpoints: readonly Endpoint[];
  readonly options: RabbitOptions;
  readonly purpose: string;
}

/** What uses a link: one producer or consumer. */
export interface LinkUser {
  /**
   * Makes ready what is used of a new connection, which is in use from here on.
   * @param fail says that the connection has become useless, such as by an error of its channel
   */
  attach(model: ChannelModel, fail: (error: Error, code?: string) => void): Promise<void>;
  /** The connection is gone; nothing of it may be used any more. Also after an `attach` that failed. */
  detach(code: string): void;
  /** A new connection is in place of one that was lost. */
  returned(): void;
  /** Nothing will come any more. `detach` was called before. */
  broke(code: string): void;
  event(kind: EventKind, detail: string): void;
}

/** One connection, and whether it is gone. */
interface Life {
  readonly model: ChannelModel;
  gone: Error | undefined;
}

/** A try to connect again, and what it makes ready, may each take this long. */
const TRY_MS = 5_000;

/**
 * The connection of one producer or consumer, and the next one when it is lost: on the node after that one, again
 * and again with growing delays. Once closed, or refused for good, or after `giveUpAfter`, it stays without.
 */
export class Link {
  readonly #line: Line;
  readonly #user: LinkUser;
  #life: Life | undefined;
  /** Of the endpoint that the connection is to. */
  #at = 0;
  #closing: Promise<void> | undefined;
  #trying: Promise<void> | undefined;
  #wake = (): void => {};

  constructor(line: Line, user: LinkUser) {
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
      if (life !== undefined) await closeConnection(life.model, politely);
      await this.#trying;
    })();
    return this.#closing;
  }

  async #connect(from: number, patienceMs: number | undefined): Promise<void> {
    const { endpoints, options, purpose } = this.#line;
    const { model, index } = await openAny(endpoints, from, options, purpose, patienceMs);
    const life: Life = { model, gone: undefined };
    const fail = (error: Error, code = "CONNECTION_LOST"): void => {
      life.gone ??= error;
      if (life === this.#life) this.#lost(life, error, code);
    };
    model.on("close", (error) => fail(error ?? new Error("the broker closed the connection")));
    model.on("blocked", (reason) => this.#user.event("blocked", reason));
    model.on("unblocked", () => this.#user.event("unblocked", ""));
    // The broker may fall silent now, and a heartbeat takes longer to tell.
    const bound = setTimeout(
      () => dropConnection(model, "the broker did not answer"),
      patienceMs ?? 2 * TRY_MS,
    );
    try {
      await this.#user.attach(model, fail);
      if (life.gone !== undefined) throw life.gone;
      if (this.#closing) throw new Error("it was closed meanwhile");
    } catch (error) {
      this.#user.detach("CONNECTION_LOST");
      dropConnection(model, messageOf(error));
      throw error;
    } finally {
      clearTimeout(bound);
    }
    this.#at = index;
    this.#life = life;
  }

  #lost({ model }: Life, error: Error, code: string): void {
    this.#life = undefined;
    this.#user.detach(code);
    // What is still in the socket's buffer would get to the broker after others took its place.
    dropConnection(model, error.message);
    if (this.#closing) return;
    const { reconnect } = this.#line.options;
    if (reconnect === undefined || isLasting(error)) this.#breakOff(code, error.message);
    else {
      this.#user.event("disconnected", error.message);
      this.#trying = this.#again(reconnect, code);
    }
  }

  async #again(
    { delayMs, maxDelayMs, giveUpAfterMs }: NonNullable<RabbitOptions["reconnect"]>,
    code: string,
  ): Promise<void> {
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
      if (isLasting(failure.error)) return this.#breakOff(code, why);
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
