import { spawn } from "node:child_process";
import type { ProcessId } from "./process-id.ts";

/**
 * A shell that blocks on a pipe to us. However we end, SIGKILL included, the kernel closes the pipe, and the
 * shell continues and ends the broker's process groups (each if its leader is still the process that we meant)
 * and removes its data.
 */
const END_SCRIPT = `
read -r dir || exit 0
all=
while read -r pid ticks; do [ "$pid" = disarm ] && exit 0; all="$all $pid:$ticks"; done
for one in $all; do
  pid=\${one%:*}
  stat=$(cat "/proc/$pid/stat" 2>/dev/null)
  set -- \${stat##*) }
  [ "\${20}" = "\${one#*:}" ] && kill -s CONT -- "-$pid" && kill -s KILL -- "-$pid"
done
n=0
while [ -e "$dir" ] && [ $n -lt 50 ]; do rm -rf "$dir" 2>/dev/null || sleep 0.1; n=$((n + 1)); done
`;

/** The same for processes that we stopped: it continues each. */
const RESUME_SCRIPT = `
all=
while read -r pid ticks; do [ "$pid" = disarm ] && exit 0; all="$all $pid:$ticks"; done
for one in $all; do
  pid=\${one%:*}
  stat=$(cat "/proc/$pid/stat" 2>/dev/null)
  set -- \${stat##*) }
  [ "\${20}" = "\${one#*:}" ] && kill -s CONT "$pid"
done
`;

export interface OwnerWatch {
  /** One more process group that ends with us. */
  add(leader: ProcessId): void;
  /** The broker shall outlive us. */
  disarm(): Promise<void>;
  /** The broker is gone. */
  end(): void;
}

export function watchOwner(dir: string): OwnerWatch {
  const pipe = openPipe(END_SCRIPT);
  pipe.write(`${dir}\n`);
  return {
    add: (leader) => void pipe.write(line(leader)),
    // Resolves when the word is in the pipe: this process may end right after.
    disarm: () => new Promise((resolve) => pipe.end("disarm\n", () => resolve())),
    end: () => void pipe.end(),
  };
}

/** Continues processes when we end. */
export interface StoppedWatch {
  /** Resolves when it knows of them. */
  add(ids: readonly ProcessId[]): Promise<void>;
  /** We have continued them: done a second time it would undo our next stop. */
  disarm(): void;
}

export function watchStopped(): StoppedWatch {
  const pipe = openPipe(RESUME_SCRIPT);
  return {
    add: (ids) => new Promise((resolve) => pipe.write(ids.map(line).join(""), () => resolve())),
    disarm: () => void pipe.end("disarm\n"),
  };
}

function line({ pid, startTicks }: ProcessId): string {
  return `${pid} ${startTicks}\n`;
}

function openPipe(script: string) {
  const shell = spawn("/bin/sh", ["-c", script], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Without it the broker still ends, or goes on, with the next mqbench: see sweep.ts.
  shell.on("error", () => {});
  shell.stdin.on("error", () => {});
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return shell.stdin;
}
