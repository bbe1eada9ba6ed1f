import { spawn } from "node:child_process";
import { extname } from "node:path";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { FRAME, readFrames, writeControl } from "../load/frames.ts";
import type { AgentInit, FromAgent, ToAgent } from "../load/protocol.ts";

/** An agent as the conductor sees it. */
export interface AgentProcess {
  readonly name: string;
  readonly pid: number;
  readonly init: AgentInit;
  tell(message: ToAgent): void;
  /** Ends the process at once. */
  kill(): void;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
}

export interface AgentEars {
  control(agent: AgentProcess, message: FromAgent): void;
  frame(agent: AgentProcess, type: number, payload: Buffer): void;
  /** It ended; `expected` when it had said `finished`. */
  exit(agent: AgentProcess, expected: boolean, how: string): void;
}

/**
 * V8 lets the old space of a young process grow by hundreds of MiB before it first looks for garbage there; an
 * agent keeps about 10 MiB alive, so its resident memory would rise for an hour without any need.
 */
const V8_OPTIONS = ["--initial-old-space-size=32"];

/** Starts an agent and hands it its part of the plan. */
export function startAgent(init: AgentInit, ears: AgentEars): AgentProcess {
  const entry = new URL(`./agent-main${extname(import.meta.url)}`, import.meta.url);
  const child = spawn(process.execPath, [...V8_OPTIONS, fileURLToPath(entry)], {
    // stdout belongs to the report.
    stdio: ["ignore", "ignore", "inherit", "pipe"],
    env: agentEnvironment(),
  });
  const pipe = child.stdio[3] as Duplex;
  let finished = false;
  const agent: AgentProcess = {
    name: init.name,
    pid: child.pid ?? -1,
    init,
    tell(message) {
      if (pipe.writable) writeControl(pipe, message);
    },
    kill() {
      child.kill("SIGKILL");
    },
    gone: new Promise((resolve) => {
      child.once("close", (code, signal) => {
        ears.exit(agent, finished, signal ?? `code ${code}`);
        resolve();
      });
      child.once("error", (error) => {
        ears.exit(agent, false, error.message);
        resolve();
      });
    }),
  };
  // A dead agent shows as `close`; a write that raced with its death has nothing to add.
  pipe.on("error", () => {});
  readFrames(pipe, (type, payload) => {
    if (type !== FRAME.control) return ears.frame(agent, type, payload);
    const message = JSON.parse(payload.toString()) as FromAgent;
    if (message.type === "finished") finished = true;
    ears.control(agent, message);
  });
  agent.tell(init);
  return agent;
}

/** What an agent inherits: not what a test runner or a debugger left for its own children. */
function agentEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of Object.keys(env))
    if (/^(VITEST|NODE_OPTIONS|NODE_ENV|NODE_V8_COVERAGE|NODE_CHANNEL)/.test(name)) delete env[name];
  return env;
}
