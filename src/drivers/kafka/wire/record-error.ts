import { BrokerError } from "../../../model/errors.ts";

/** What a broker sent is damaged or hostile: `CORRUPT_MESSAGE`, the protocol's own name for it. */
export function corrupt(reason: string, cause?: unknown): BrokerError {
  return new BrokerError(`the broker sent records that are damaged: ${reason}`, {
    code: "CORRUPT_MESSAGE",
    hints: [
      "Read the topic's segment with kafka-dump-log.sh --deep-iteration to see whether it is damaged on disk.",
      "If it is not, something between the broker and mqbench changes bytes.",
    ],
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Formats 0 and 1 are from before Kafka 0.11; a broker converts to them only for clients as old. */
export function oldFormat(magic: number): BrokerError {
  return new BrokerError(`the topic holds messages in Kafka's old format v${magic}`, {
    code: "OLD_MESSAGE_FORMAT",
    hints: ["Read this topic with another client, or write it anew: mqbench reads format v2, Kafka 0.11's."],
  });
}
