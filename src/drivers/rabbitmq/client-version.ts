import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Of amqplib, from beside its entry point, since the package does not export its package.json. */
export function clientVersion(): string {
  const require = createRequire(import.meta.url);
  return (require(join(dirname(require.resolve("amqplib")), "package.json")) as { version: string }).version;
}
