import { spawn } from "node:child_process";
import type { ProcessId } from "./process-id.ts";

/**
 * A shell that blocks on a pipe to us. However we end, SIGKILL included, the kernel closes the pipe, and the
 * shell ends the broker's process group (if its leader is still the process that we meant) and removes its data.
 */
const SCRIPT = `
read -r pid ticks dir || exit 0
while read -r word; do [ "$word" = disarm ] && exit 0; done
stat=$(cat "/proc/$pid/stat" 2>/dev/null)
set -- \${stat##*) }
[ "\${20}" = "$ticks" ] && kill -s KILL -- "-$pid"
n=0
while [ -e "$dir" ] && [ $n -lt 50 ]; do rm -rf "$dir" 2>/dev/null || sleep 0.1; n=$((n + 1)); done
`;

export interface OwnerWatch {
  /** The broker shall outlive us. */
  disarm(): Promise<void>;
  /** The broker is gone. */
  end(): void;
}

export function watchOwner(leader: ProcessId, dir: string): OwnerWatch {
  const shell = spawn("/bin/sh", ["-c", SCRIPT], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Without it the broker still ends with the next mqbench: see sweep.ts.
  shell.on("error", () => {});
  shell.stdin.on("error", () => {});
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  shell.stdin.write(`${leader.pid} ${leader.startTicks} ${dir}\n`);
  return {
    // Resolves when the word is in the pipe: this process may end right after.
    disarm: () => new Promise((resolve) => shell.stdin.end("disarm\n", () => resolve())),
    end: () => void shell.stdin.end(),
  };
}
