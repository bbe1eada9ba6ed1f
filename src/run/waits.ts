import type { AgentProcess } from "./agent-process.ts";

/** What the conductor waits for: marks that agents have set, and the news that one is gone. */
export class Waits {
  started = false;
  depth: number | null | undefined;
  readonly #marks = new Set<string>();
  readonly #gone = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #failure: Error | undefined;

  mark(agent: string, what: string): void {
    this.#marks.add(`${agent} ${what}`);
    this.changed();
  }

  gone(agent: string): void {
    this.#gone.add(agent);
    this.changed();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.changed();
  }

  changed(): void {
    for (const check of this.#waiting) check();
  }

  /** Resolves when all have set the mark or are gone, or when `giveUp` says so. @throws what `fail` was given before the start */
  async all(agents: readonly AgentProcess[], what: string, giveUp: () => boolean): Promise<void> {
    await this.until(
      () =>
        (this.#failure !== undefined && !this.started) ||
        giveUp() ||
        agents.every((a) => this.#marks.has(`${a.name} ${what}`) || this.#gone.has(a.name)),
    );
    if (this.#failure !== undefined && !this.started) throw this.#failure;
  }

  async until(done: () => boolean, limitMs?: number): Promise<void> {
    await new Promise<void>((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const check = (): void => {
        if (done()) end();
      };
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      if (limitMs !== undefined) timer = setTimeout(end, limitMs);
      check();
    });
  }
}
