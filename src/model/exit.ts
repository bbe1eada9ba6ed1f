/** Exit codes: stable, documented in the README, listed once, here. */
export const EXIT = {
  pass: 0,
  failed: 1,
  usage: 2,
  invalid: 3,
  regression: 4,
  inconclusive: 5,
  broker: 6,
  overloaded: 7,
  bug: 70,
  sigint: 130,
  sigterm: 143,
} as const;

export type ExitKind =
  | "bug"
  | "usage"
  | "broker"
  | "sigint"
  | "sigterm"
  | "guarantee"
  | "overloaded"
  | "invalid"
  | "threshold"
  | "regression"
  | "inconclusive";

/** One reason a run did not simply pass. */
export interface ExitReason {
  readonly kind: ExitKind;
  readonly message: string;
}

/** Worst first: where a run has several reasons, the first of these decides its exit code. */
const PRECEDENCE: readonly ExitKind[] = [
  "bug",
  "usage",
  "broker",
  "sigint",
  "sigterm",
  "guarantee",
  "overloaded",
  "invalid",
  "threshold",
  "regression",
  "inconclusive",
];

const CODE: Readonly<Record<ExitKind, number>> = {
  bug: EXIT.bug,
  usage: EXIT.usage,
  broker: EXIT.broker,
  sigint: EXIT.sigint,
  sigterm: EXIT.sigterm,
  guarantee: EXIT.failed,
  overloaded: EXIT.overloaded,
  invalid: EXIT.invalid,
  threshold: EXIT.failed,
  regression: EXIT.regression,
  inconclusive: EXIT.inconclusive,
};

/** The exit code of a set of reasons; 0 for none. */
export function exitCode(reasons: readonly ExitReason[]): number {
  for (const kind of PRECEDENCE) if (reasons.some((r) => r.kind === kind)) return CODE[kind];
  return EXIT.pass;
}
