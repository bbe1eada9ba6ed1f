/** The six latencies that a run records, each a histogram in nanoseconds. */
export const LATENCIES = [
  "schedule_delay",
  "publish_service",
  "publish_response",
  "e2e_service",
  "e2e_response",
  "acknowledge",
] as const;

export type LatencyName = (typeof LATENCIES)[number];

/** From what to what each latency is counted. */
export const LATENCY_MEANING: Readonly<Record<LatencyName, string>> = {
  schedule_delay: "from when a message was due to when it was handed to the client",
  publish_service: "from the hand-over to the broker's acknowledgement",
  publish_response: "from when a message was due to the broker's acknowledgement",
  e2e_service: "from the hand-over to the consumer's callback",
  e2e_response: "from when a message was due to the consumer's callback",
  acknowledge: "from the consumer's callback to its acknowledgement, work included",
};
