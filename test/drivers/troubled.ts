import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { DriverFactory } from "../../src/drivers/driver.ts";
import { memoryDriver } from "../../src/drivers/memory.ts";
import { altered } from "../support/altered-driver.ts";

/**
 * The memory driver with one trouble that is the harness's own, to see that it is noticed. Option `trouble`:
 * `block` keeps the event loop away for 60 of each 80 ms, `garbage` collects a filled heap every 30 ms,
 * `clock` turns the clock back for every 50th delivery, `none` is the control.
 */
export const system = "memory";
export const mode = "queue";
export const client = "troubled";

export const factory: DriverFactory = ({ options: { trouble = "none", ...options }, ...settings }) => {
  const honest = memoryDriver({ ...settings, options });
  let timer: NodeJS.Timeout | undefined;
  const held: object[] = [];
  const begin = (): void => {
    if (trouble === "block") timer = setInterval(() => keepBusy(60), 80);
    if (trouble === "garbage") {
      setFlagsFromString("--expose-gc");
      const collect = runInNewContext("gc") as () => void;
      for (let i = 0; i < 50_000; i++) held.push({ i });
      timer = setInterval(() => {
        held[0] = {};
        collect();
      }, 30);
    }
  };
  return altered(honest, {
    driver: ({ close, connect }) => ({
      client,
      async connect() {
        begin();
        return await connect();
      },
      async close() {
        clearInterval(timer);
        held.length = 0;
        await close();
      },
    }),
    deliveries(on) {
      if (trouble !== "clock") return on;
      let batches = 0;
      return {
        begin() {
          if (++batches % 50 !== 0) return on.begin();
          const { hrtime } = process;
          process.hrtime = Object.assign(() => {
            const [s, ns] = hrtime();
            return [s - 1, ns] as [number, number];
          }, hrtime);
          on.begin();
          process.hrtime = hrtime;
        },
        message: on.message.bind(on),
        end: on.end.bind(on),
        event: on.event.bind(on),
      };
    },
  });
};

function keepBusy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
