import { spawn } from "node:child_process";

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
}

export interface SpawnRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Told as soon as the process exists. */
  readonly onPid?: (pid: number) => void;
}

/** Runs a program to its end, whatever its exit code. @throws when it cannot start or the signal fires */
export function finish({ command, args, env = {}, signal, onPid }: SpawnRequest): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      signal,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.once("error", reject);
    if (child.pid !== undefined) onPid?.(child.pid);
    child.once("close", (code) =>
      resolve({
        code: code ?? -1,
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
        wallMs: performance.now() - startMs,
      }),
    );
  });
}

/** The end of what a program said, for an error message. */
export function lastWords({ code, stderr, stdout }: Finished): string {
  return `exit ${code}: ${(stderr.trim() || stdout.trim()).split("\n").slice(-5).join("\n")}`;
}
