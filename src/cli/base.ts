import { Command, Errors } from "@oclif/core";
import { BrokerError, messageOf, UserError } from "../model/errors.ts";
import { EXIT } from "../model/exit.ts";

interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly hints: readonly string[];
  readonly stack?: string;
}

/**
 * What every command shares: data on stdout and everything else on stderr, one translation of errors
 * into exit codes (`src/model/exit.ts`), and signals as an `AbortSignal`.
 *
 * The first SIGINT or SIGTERM aborts `signal`, so that a command can write what it measured and clean up;
 * a second one ends the process at once.
 */
export abstract class BaseCommand extends Command {
  readonly #abort = new AbortController();
  readonly #onSignal = (name: NodeJS.Signals): void => {
    if (this.#abort.signal.aborted) {
      this.#ignoreSignals();
      process.kill(process.pid, name);
      return;
    }
    this.note(`${name}: finishing up; once more stops at once`);
    this.#abort.abort(name);
  };

  /** Aborted by the first SIGINT or SIGTERM; its reason is the signal's name. */
  protected get signal(): AbortSignal {
    return this.#abort.signal;
  }

  protected override async init(): Promise<void> {
    await super.init();
    process.on("SIGINT", this.#onSignal);
    process.on("SIGTERM", this.#onSignal);
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    this.#ignoreSignals();
    await super.finally(error);
  }

  #ignoreSignals(): void {
    process.off("SIGINT", this.#onSignal);
    process.off("SIGTERM", this.#onSignal);
  }

  /** Writes data that was asked for. */
  protected out(text: string): void {
    process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** Writes progress, advice or a warning. */
  protected note(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  /**
   * Ends the process with `code` once everything was written: where stdout is a socket or a pipe that is read
   * slowly, exiting at once cuts a long document short.
   */
  protected async leave(code: number): Promise<never> {
    await written(process.stdout);
    await written(process.stderr);
    this.exit(code);
  }

  protected override async catch(error: Error & { exitCode?: number }): Promise<never> {
    if (error instanceof Errors.ExitError) throw error;
    const failure = this.#translate(error);
    if (this.jsonEnabled()) this.out(JSON.stringify({ error: failure }, null, 2));
    else this.note(failureText(failure));
    return await this.leave(failure.exitCode);
  }

  #translate(error: Error): Failure {
    if (this.signal.aborted) {
      const name = String(this.signal.reason);
      const exitCode = name === "SIGTERM" ? EXIT.sigterm : EXIT.sigint;
      return { exitCode, code: name, message: `stopped by ${name}`, hints: [] };
    }
    if (error instanceof UserError || error instanceof BrokerError) {
      const exitCode = error instanceof UserError ? EXIT.usage : EXIT.broker;
      return { exitCode, code: error.code, message: error.message, hints: error.hints };
    }
    if (error instanceof Errors.CLIError) {
      const message = error.message.replace(/\nSee more help with --help$/, "");
      const hints = [`See "mqbench ${this.id ?? ""} --help".`];
      return { exitCode: EXIT.usage, code: "USAGE", message, hints };
    }
    return {
      exitCode: EXIT.bug,
      code: "BUG",
      message: messageOf(error),
      hints: ["This is a bug in mqbench: please report it with the lines above."],
      ...(error.stack === undefined ? {} : { stack: error.stack }),
    };
  }
}

/** Resolves when all that was written so far has left this process, or cannot any more. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write("", "utf8", () => resolve());
  });
}

function failureText(failure: Failure): string {
  const lines = [`Error: ${failure.message}`];
  if (failure.stack !== undefined) lines.push(failure.stack);
  for (const hint of failure.hints) lines.push(`  → ${hint}`);
  return lines.join("\n");
}
