/**
 * The two kinds of error that a user can do something about. Everything else that is thrown is a bug
 * (exit code 70). `src/cli/base.ts` is the only place that turns an error into an exit code.
 */
export interface ErrorDetail {
  /** Stable, upper-case, for machines: `UNKNOWN_TARGET`, `CONNECTION_REFUSED`. */
  readonly code: string;
  /** What to do next, one imperative sentence each. */
  readonly hints?: readonly string[];
  readonly cause?: unknown;
}

abstract class ExpectedError extends Error {
  readonly code: string;
  readonly hints: readonly string[];

  constructor(message: string, detail: ErrorDetail) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = detail.code;
    this.hints = detail.hints ?? [];
  }
}

/** The command, a file or the machine's set-up is wrong; nothing was started. Exit code 2. */
export class UserError extends ExpectedError {
  override readonly name = "UserError";
}

/** A broker (or the download of one) cannot be had, refused us or went away. Exit code 6. */
export class BrokerError extends ExpectedError {
  override readonly name = "BrokerError";
}

/** The text of anything that was thrown, never empty. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0)
    return error.errors.map(messageOf).join("; ");
  if (error instanceof Error) return error.message || (error as { code?: string }).code || error.name;
  return String(error);
}
