import type { DriverFactory } from "../../src/drivers/driver.ts";
import { memoryDriver } from "../../src/drivers/memory.ts";

export const system = "clinging";
export const mode = "queue";
export const client = "memory";

/** Does not come to an end of closing, as a client does whose broker is silent, and keeps its process busy. */
export const factory: DriverFactory = (settings) => ({
  ...memoryDriver(settings),
  system,
  close: () => new Promise(() => void setInterval(() => {}, 1000)),
});
