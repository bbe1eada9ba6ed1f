import { fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { BrokerError } from "../model/errors.ts";
import type { FaultPlan } from "../model/fault.ts";
import type { Address } from "./address.ts";
import type { ProxyProtocol } from "./proxy.ts";
import type { FromProxy, ListenerSide, ToProxy } from "./proxy-protocol.ts";

/** The proxy's process, as the conductor sees it. It ends with us, however we end. */
export interface ProxyProcess {
  readonly pid: number;
  /** Makes a listener in front of each broker. @throws BrokerError when the process cannot */
  open(side: ListenerSide, protocol: ProxyProtocol, brokers: readonly Address[]): Promise<readonly Address[]>;
  /** Faults with their numbers; their `atNs` count from `origin`, as `process.hrtime()` gives it. */
  start(
    origin: readonly [number, number],
    faults: readonly { readonly index: number; readonly fault: FaultPlan }[],
  ): void;
  /** Ends the fault that goes on; resolves when everything was told. */
  stop(): Promise<void>;
  /** Ends the process, and with it every connection through it. */
  kill(): Promise<void>;
}

/** It answers at once, or something is wrong with it. */
const ANSWER_MS = 10_000;

/** @param on what happens to the faults that were started */
export function startProxyProcess(
  on: (message: Extract<FromProxy, { type: "began" | "ended" }>) => void,
): ProxyProcess {
  const entry = new URL(`./proxy-main${extname(import.meta.url)}`, import.meta.url);
  const child = fork(fileURLToPath(entry), {
    // stdout belongs to the report.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // What a test runner or a debugger gave us is not for it.
    execArgv: [],
    env: { PATH: process.env.PATH },
  });
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => resolve()).once("error", () => resolve());
  });
  const answers = new Set<(message: FromProxy) => void>();
  child.on("message", (message: FromProxy) => {
    if (message.type === "began" || message.type === "ended") on(message);
    else for (const hear of answers) hear(message);
  });
  const tell = (message: ToProxy): void => {
    if (child.connected) child.send(message, () => {});
  };
  const ask = (message: ToProxy, isAnswer: (m: FromProxy) => boolean): Promise<FromProxy> =>
    new Promise((resolve, reject) => {
      const failed = (why: string): void => {
        reject(new BrokerError(`the proxy for network faults ${why}`, { code: "PROXY_FAILED" }));
      };
      const timer = setTimeout(() => failed("does not answer"), ANSWER_MS);
      const settle = (): void => {
        clearTimeout(timer);
        answers.delete(hear);
      };
      const hear = (m: FromProxy): void => {
        if (m.type === "failed") {
          settle();
          failed(`could not start: ${m.message}`);
        } else if (isAnswer(m)) {
          settle();
          resolve(m);
        }
      };
      answers.add(hear);
      void gone.then(() => {
        settle();
        failed("ended");
      });
      tell(message);
    });
  return {
    pid: child.pid ?? -1,
    async open(side, protocol, brokers) {
      const answer = await ask(
        { type: "open", side, protocol, brokers },
        (m) => m.type === "opened" && m.side === side,
      );
      return answer.type === "opened" ? answer.addresses : [];
    },
    start: (origin, faults) => tell({ type: "start", origin, faults }),
    async stop() {
      if (child.connected) await ask({ type: "stop" }, (m) => m.type === "stopped").catch(() => {});
    },
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
