import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "./until.ts";

const run = promisify(execFile);

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** What a shell runs. */
  readonly command: string;
  readonly cwd: string;
  /** Added to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A real terminal that a program runs in, with nobody before it. */
export interface Terminal {
  /** Types: `Enter`, `Down`, `C-c`, or a character. */
  press(...keys: readonly string[]): Promise<void>;
  /** What stands on the screen. */
  screen(): Promise<string>;
  /** The same with what has scrolled away, and escape sequences where they are wanted. */
  all(withEscapes?: boolean): Promise<string>;
  /** Waits until the screen says so, and gives it. */
  shows(what: string | RegExp): Promise<string>;
  /** Waits for the program's end. @returns its exit code */
  exitCode(): Promise<number>;
  close(): Promise<void>;
}

/** A cold start on a machine that does other things as well. */
const BOUND_MS = 60_000;

/** @throws Error where there is no tmux, saying how to get it */
export async function openTerminal(options: TerminalOptions): Promise<Terminal> {
  const { columns = 80, rows = 24, command, cwd, env = {} } = options;
  const dir = mkdtempSync(join(tmpdir(), "mqbench-tmux-"));
  // A socket and a configuration of its own: no other terminal is touched.
  const around = { ...process.env, LC_ALL: "C.UTF-8", TMUX_TMPDIR: dir, TMUX: "", ...env };
  const tmux = async (...args: readonly string[]) => {
    const { stdout } = await run("tmux", ["-u", "-L", "mqbench", "-f", "/dev/null", ...args], {
      env: around,
    }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "ENOENT"
        ? new Error("this test types into a real terminal and needs tmux: apt-get install tmux")
        : error;
    });
    return stdout;
  };
  const size = ["-x", String(columns), "-y", String(rows)];
  // What was printed stays to be read after the program's end; the server is ended by close().
  await tmux("new-session", "-d", ...size, "-c", cwd, `${command}; echo "[exit $?]"; exec cat`);
  const screen = () => tmux("capture-pane", "-p");
  const all = (withEscapes = false) => tmux("capture-pane", "-p", "-S", "-", ...(withEscapes ? ["-e"] : []));
  const shows = async (what: string | RegExp, look = screen) => {
    let seen = "";
    const has = () => (typeof what === "string" ? seen.includes(what) : what.test(seen));
    const isSeen = async () => {
      seen = await look();
      return has();
    };
    await until(`the terminal to show ${what}`, isSeen, BOUND_MS, () => `\n${seen}`);
    return seen;
  };
  return {
    press: async (...keys) => {
      for (const key of keys) await tmux("send-keys", key);
    },
    screen,
    all,
    shows,
    exitCode: async () => Number(/\[exit (\d+)\]/.exec(await shows(/\[exit \d+\]/, all))![1]),
    close: async () => {
      await tmux("kill-server");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
