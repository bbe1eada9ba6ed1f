import type { Connection } from "rabbitmq-stream-js-client/dist/connection.js";
import type { Request } from "rabbitmq-stream-js-client/dist/requests/request.js";
import type { Response } from "rabbitmq-stream-js-client/dist/responses/response.js";
import { messageOf } from "../../../model/errors.ts";
import { insideOf } from "./inside.ts";

/** A request may wait this long for its answer. */
const REQUEST_MS = 10_000;

/** The library's requests that have no answer yet. */
export interface Requests {
  /** The broker answered that it will not. */
  refuse(correlationId: number, error: Error): void;
  /** The connection is gone: these, and all that follow. */
  refuseAll(error: Error): void;
}

/** Gives each request of the library an end, also those of its own: they would wait for an answer for ever. */
export function boundRequests(connection: Connection): Requests {
  const inside = insideOf(connection);
  const pending = new Map<number, (error: unknown) => void>();
  let gone: Error | undefined;
  const ask = connection.sendAndWait.bind(connection);
  connection.sendAndWait = <T extends Response>(command: Request) =>
    new Promise<T>((resolve, reject) => {
      if (gone) return reject(gone);
      const asked = ask<T>(command);
      const id = inside.correlationId;
      const settle = () => {
        clearTimeout(timer);
        pending.delete(id);
      };
      const refuse = (error: unknown) => {
        settle();
        reject(error instanceof Error ? error : new Error(messageOf(error)));
      };
      const timer = setTimeout(
        () => refuse(new Error(`no answer to ${command.constructor.name}`)),
        REQUEST_MS,
      );
      pending.set(id, refuse);
      asked.then((answer) => {
        settle();
        resolve(answer);
      }, refuse);
    });
  return {
    refuse: (id, error) => pending.get(id)?.(error),
    refuseAll(error) {
      gone = error;
      for (const refuse of [...pending.values()]) refuse(error);
    },
  };
}
