import { setTimeout as pause } from "node:timers/promises";
import {
  type CreateStreamArguments,
  CreateStreamRequest,
} from "rabbitmq-stream-js-client/dist/requests/create_stream_request.js";
import { DeleteStreamRequest } from "rabbitmq-stream-js-client/dist/requests/delete_stream_request.js";
import { MetadataRequest } from "rabbitmq-stream-js-client/dist/requests/metadata_request.js";
import type { MetadataResponse } from "rabbitmq-stream-js-client/dist/responses/metadata_response.js";
import { BrokerError, messageOf, UserError } from "../../../model/errors.ts";
import type { Topology } from "../../../model/topology.ts";
import { CODE } from "./frames.ts";
import type { StreamLink } from "./link.ts";
import { streamNames } from "./naming.ts";
import { isRefusal } from "./stream-error.ts";

/** A stream that is being made, or whose leader changes, is not available for a moment. */
const AVAILABLE_MS = 10_000;
const PAUSE_MS = 50;

/** @throws UserError `STREAM_EXISTS` when there is such a stream and it should be new, or differs */
export async function createStreams(
  link: StreamLink,
  topology: Topology,
  streamArguments: CreateStreamArguments,
  refuseExisting: boolean,
): Promise<void> {
  const names = streamNames(topology);
  if (refuseExisting && (await existing(link, names)).length > 0)
    throw streamExists(topology.name, "exists already");
  for (const stream of names)
    try {
      await link.request(new CreateStreamRequest({ stream, arguments: streamArguments }));
    } catch (error) {
      if (isRefusal(error, CODE.streamExists)) continue;
      if (isRefusal(error, CODE.precondition))
        throw streamExists(topology.name, "exists with other settings");
      throw new BrokerError(`RabbitMQ would not make the stream ${stream}: ${messageOf(error)}`, {
        code: "STREAM_REFUSED",
        hints: ["Check options.rabbitmq.stream.arguments, and that the user may configure, write and read."],
        cause: error,
      });
    }
}

/** What is not there is no error. */
export async function deleteStreams(link: StreamLink, topology: Topology): Promise<void> {
  for (const stream of streamNames(topology))
    await whenAvailable(() => link.request(new DeleteStreamRequest(stream))).catch((error: unknown) => {
      if (!isRefusal(error, CODE.noStream)) throw error;
    });
}

/** Does something again as long as the broker says that the stream is not available. */
export async function whenAvailable<T>(action: () => Promise<T>): Promise<T> {
  const sinceMs = performance.now();
  for (;;)
    try {
      return await action();
    } catch (error) {
      if (!isRefusal(error, CODE.notAvailable) || performance.now() - sinceMs > AVAILABLE_MS) throw error;
      await pause(PAUSE_MS);
    }
}

async function existing(link: StreamLink, streams: readonly string[]): Promise<readonly string[]> {
  const { streamInfos } = await link.request<MetadataResponse>(
    new MetadataRequest({ streams: [...streams] }),
  );
  return streamInfos
    .filter(({ responseCode }) => responseCode === CODE.ok || responseCode === CODE.notAvailable)
    .map(({ streamName }) => streamName);
}

function streamExists(name: string, why: string): UserError {
  return new UserError(`stream ${name} ${why}`, {
    code: "STREAM_EXISTS",
    hints: ["Drop it, or give the stream another name."],
  });
}
