import { spawn } from "node:child_process";
import { once } from "node:events";
import type { ProcessId } from "./process-id.ts";

/**
 * A shell's part that blocks on a pipe to us and learns processes from it. However we end, SIGKILL included, the
 * kernel closes the pipe, and `each` is done for every process that is still the one that we meant.
 */
const forEachMeant = (each: string): string => `
trap '' PIPE # we may be gone before it answers
all=
while read -r pid ticks; do [ "$pid" = disarm ] && exit 0; all="$all $pid:$ticks"; echo; done
for one in $all; do
  pid=\${one%:*}
  stat=$(cat "/proc/$pid/stat" 2>/dev/null)
  set -- \${stat##*) }
  [ "\${20}" = "\${one#*:}" ] && ${each}
done
`;

/** Continues and ends the broker's process groups, and removes its data. */
const END_SCRIPT = `
read -r dir || exit 0
${forEachMeant('kill -s CONT -- "-$pid" && kill -s KILL -- "-$pid"')}
n=0
while [ -e "$dir" ] && [ $n -lt 50 ]; do rm -rf "$dir" 2>/dev/null || sleep 0.1; n=$((n + 1)); done
`;

/** Continues processes that we stopped. */
const RESUME_SCRIPT = forEachMeant('kill -s CONT "$pid"');

export interface OwnerWatch {
  /** One more process group that ends with us. */
  add(leader: ProcessId): void;
  /** The broker shall outlive us. */
  disarm(): Promise<void>;
  /** The broker is gone. */
  end(): void;
}

export function watchOwner(dir: string): OwnerWatch {
  // Without it the broker still ends with the next mqbench: see sweep.ts.
  const pipe = openShell(END_SCRIPT).stdin;
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
  /** Resolves when it knows of them. @throws Error where it does not run: then nothing may be stopped */
  add(ids: readonly ProcessId[]): Promise<void>;
  /** We have continued them: done a second time it would undo our next stop. */
  disarm(): void;
}

export function watchStopped(): StoppedWatch {
  const shell = openShell(RESUME_SCRIPT);
  const { stdin, stdout } = shell;
  const ended = new Promise<never>((_, reject) => {
    shell.once("error", reject).once("exit", () => reject(new Error("the watcher of a pause ended")));
  });
  ended.catch(() => {});
  let told = 0;
  let known = 0;
  stdout.on("data", (lines: Buffer) => {
    known += lines.length;
  });
  // Only who waits for it is kept alive by it.
  setReferenced(stdout, false);
  return {
    async add(ids) {
      told += ids.length;
      const all = told;
      stdin.write(ids.map(line).join(""));
      setReferenced(stdout, true);
      try {
        while (known < all) await Promise.race([once(stdout, "data"), ended]);
      } finally {
        setReferenced(stdout, false);
      }
    },
    disarm: () => void stdin.end("disarm\n"),
  };
}

function line({ pid, startTicks }: ProcessId): string {
  return `${pid} ${startTicks}\n`;
}

/** A shell with a pipe each way, in a group of its own: Ctrl-C in the terminal does not end it. */
function openShell(script: string) {
  const shell = spawn("/bin/sh", ["-c", script], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  shell.on("error", () => {});
  shell.stdin.on("error", () => {});
  shell.unref();
  setReferenced(shell.stdin, false);
  return shell;
}

/** Whether the pipe keeps this process alive. */
function setReferenced(pipe: unknown, isReferenced: boolean): void {
  const handle = pipe as { ref(): void; unref(): void };
  if (isReferenced) handle.ref();
  else handle.unref();
}
