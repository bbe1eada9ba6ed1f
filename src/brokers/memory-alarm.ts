import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { BrokerError } from "../model/errors.ts";
import type { ProcessPlan } from "./native.ts";

/** Tells a broker that its memory is short: it then takes nothing from who publishes, cluster-wide. */
export interface MemoryAlarm {
  /** Resolves when the broker, asked again, has the alarm. @throws BrokerError `NO_ALARM` */
  raise(): Promise<void>;
  /** As it was before. @returns how many connections the broker had blocked until then @throws BrokerError */
  clear(): Promise<number>;
  /** Takes it back, and needs its program no more. Idempotent. */
  end(): Promise<void>;
}

/** An answer takes some milliseconds; the program's start a second, more on a busy machine. */
const ANSWER_MS = 10_000;

/**
 * @param program it takes back what it did when its input ends: however we end, the kernel sees to that
 * @throws BrokerError `NO_ALARM` where the broker cannot be asked
 */
export async function openMemoryAlarm(program: ProcessPlan): Promise<MemoryAlarm> {
  // In a session of its own: what a terminal sends to us must not end it before it has taken all back.
  const child = spawn(program.command, program.args, {
    cwd: program.dir,
    env: program.env,
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const isOver = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout });
  const answer = async (word: string): Promise<string> => {
    const [line] = (await Promise.race([
      once(lines, "line", { signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => ["no answer"]),
      isOver.then(() => ["it ended"]),
    ])) as [string];
    const [first, rest = ""] = line.split(/ (.*)/s);
    if (first === word) return rest;
    throw new BrokerError(`the broker's memory alarm cannot be set: ${line}`, {
      code: "NO_ALARM",
      hints: ["Look into the broker's log; --fault memory-alarm asks it through Erlang's distribution."],
    });
  };
  const ask = (command: string, word: string): Promise<string> => {
    const answered = answer(word);
    child.stdin.write(`${command}\n`);
    return answered;
  };
  const end = async (): Promise<void> => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), ANSWER_MS);
    await isOver;
    clearTimeout(timer);
  };

  try {
    await answer("ready");
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return {
    async raise() {
      if ((await ask("raise", "raised")) === "true") return;
      throw new BrokerError("the broker did not raise its memory alarm", { code: "NO_ALARM" });
    },
    clear: async () => Number(await ask("clear", "cleared")),
    end,
  };
}
