import type { FindingCode } from "../../src/model/result.ts";
import * as kinds from "./kinds.ts";

/** One configuration under one kind of fault. */
export interface Cell {
  readonly target: string;
  /** What the configuration is called. */
  readonly configuration: string;
  readonly kind: kinds.FaultKindDraw;
  /** Of messages, where it is not the usual one. */
  readonly rate?: string;
  /** Flags that make the configuration. */
  readonly flags: readonly string[];
  /** What this configuration may show under this fault; anything else is a wrong finding. */
  readonly may: readonly FindingCode[];
  /** A negative control: what each injection that bit must show. */
  readonly shows?: FindingCode;
}

/** What nobody can know: whether a message is stored whose answer did not come. */
const UNKNOWN: readonly FindingCode[] = ["PUBLISH_UNKNOWN", "PUBLISH_FAILED", "MISSING", "RECOVERED"];
const AGAIN: readonly FindingCode[] = ["REDELIVERED"];

const IDEMPOTENT = ["--set", "producers.idempotent=true"];
const BEFORE = ["--set", "consumers.acknowledge=before"];
/** Few messages at a time: each kill's own can be named. */
const SLOWLY = "100/s";

const right = (
  target: string,
  configuration: string,
  flags: readonly string[],
  rows: readonly (readonly [kinds.FaultKindDraw, readonly FindingCode[]])[],
): readonly Cell[] => rows.map(([kind, may]) => ({ target, configuration, kind, flags, may }));

/** What holds bytes back and breaks nothing: every message is as if nothing had been. */
const PATIENCE = [kinds.stall, kinds.delay, kinds.slow, kinds.pause].map((kind) => [kind, []] as const);
const KILLED = [
  [kinds.crash("consumer", "after-process"), AGAIN],
  [kinds.crash("consumer", "after-acknowledge"), AGAIN],
  [kinds.crash("producer", "after-send"), UNKNOWN],
] as const;
/** For clients that connect again by themselves. */
const BROKEN = [kinds.cut, kinds.halfOpen, kinds.dropResponse].map(
  (kind) => [kind, [...UNKNOWN, ...AGAIN]] as const,
);
/** What comes again from a queue comes after later ones. */
const BROKEN_AMQP = [kinds.cut, kinds.halfOpen, kinds.dropResponse].map(
  (kind) => [kind, [...UNKNOWN, ...AGAIN, "LATE_BY_REDELIVERY"]] as const,
);

/** Another system, configuration or kind is one line here. */
export const CELLS: readonly Cell[] = [
  ...right("kafka:log@wire", "at-least-once", IDEMPOTENT, [...PATIENCE, ...BROKEN, ...KILLED]),
  ...right("rabbitmq:quorum", "at-least-once", [], [...PATIENCE, ...BROKEN_AMQP, ...KILLED]),
  ...right("rabbitmq:classic", "at-least-once", [], [...PATIENCE, ...BROKEN_AMQP]),
  control("kafka:log@wire", "commit before work", kinds.crash("consumer", "before-process"), BEFORE, "LOST", [
    "SKIPPED",
  ]),
  control(
    "rabbitmq:quorum",
    "ack before work",
    kinds.crash("consumer", "before-process"),
    [...BEFORE, "--set", "consumers.prefetch=4"],
    "LOST",
    ["NOT_IN_QUEUE"],
  ),
  control("kafka:log@wire", "no dedupe", kinds.crash("consumer", "after-process"), [], "REDELIVERED"),
  control("rabbitmq:quorum", "no dedupe", kinds.crash("consumer", "after-process"), [], "REDELIVERED"),
  {
    ...control("kafka:log@wire", "acks=0", kinds.swallow, ["--durability", "none"], "MISSING", [
      ...AGAIN,
      // Nothing says which of two connections the broker reads first.
      "REORDERED",
    ]),
    // A finding names a hundred messages.
    rate: "10/s",
  },
];

function control(
  target: string,
  configuration: string,
  kind: kinds.FaultKindDraw,
  flags: readonly string[],
  shows: FindingCode,
  more: readonly FindingCode[] = [],
): Cell {
  return { target, configuration, kind, rate: SLOWLY, flags, shows, may: [shows, ...more] };
}
