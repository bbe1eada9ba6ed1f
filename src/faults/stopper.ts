import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** A process, with the clock tick of its start so that no later one with its number is meant. */
export interface StoppableProcess {
  readonly pid: number;
  readonly startTicks: number;
}

/** Stops processes and lets them go on. However we end, they go on. */
export interface Stopper {
  /** SIGSTOP to all. */
  stop(): void;
  /** SIGCONT to all. Idempotent. @returns how many were seen stopped until then */
  go(): number;
  /** Lets them go on, and needs no watcher any more. */
  end(): void;
}

/**
 * A shell that blocks on a pipe to us. When the kernel closes it, for whatever reason, the shell lets every
 * process go on that is still the one that was meant. It says that it is ready before anything is stopped.
 */
const SCRIPT = `
read -r ids
echo ready
while read -r word; do :; done
for id in $ids; do
  pid=\${id%%:*}
  stat=$(cat "/proc/$pid/stat" 2>/dev/null)
  set -- \${stat##*) }
  [ "\${20}" = "\${id##*:}" ] && kill -s CONT "$pid"
done
`;

/** @throws Error where no watcher can be started: then nothing may be stopped */
export async function createStopper(processes: readonly StoppableProcess[]): Promise<Stopper> {
  const shell = spawn("/bin/sh", ["-c", SCRIPT], {
    cwd: "/",
    // A group of its own: Ctrl-C in the terminal does not end it.
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  shell.stdin.on("error", () => {});
  shell.stdin.write(`${processes.map((p) => `${p.pid}:${p.startTicks}`).join(" ")}\n`);
  await new Promise((resolve, reject) => {
    shell.once("error", reject).once("exit", () => reject(new Error("the watcher of a pause ended")));
    shell.stdout.once("data", resolve);
  });
  shell.unref();
  for (const pipe of [shell.stdin, shell.stdout]) (pipe as unknown as { unref(): void }).unref();
  const signal = (name: NodeJS.Signals): void => {
    for (const { pid, startTicks } of processes)
      if (statOf(pid)?.startTicks === startTicks)
        try {
          process.kill(pid, name);
        } catch {
          // It has just gone.
        }
  };
  const go = (): number => {
    const stopped = processes.filter(({ pid }) => statOf(pid)?.state === "T").length;
    signal("SIGCONT");
    return stopped;
  };
  return {
    stop: () => signal("SIGSTOP"),
    go,
    end() {
      go();
      shell.stdin.end();
    },
  };
}

/** State and start of a process: fields 3 and 22 of /proc/PID/stat (proc(5)); its name may hold blanks and brackets. */
function statOf(pid: number): { readonly state: string; readonly startTicks: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0]!, startTicks: Number(fields[19]) };
  } catch {
    return undefined;
  }
}

/** The processes of these numbers that live now. */
export function stoppable(pids: readonly number[]): readonly StoppableProcess[] {
  return pids.flatMap((pid) => {
    const stat = statOf(pid);
    return stat === undefined || stat.state === "Z" ? [] : [{ pid, startTicks: stat.startTicks }];
  });
}
