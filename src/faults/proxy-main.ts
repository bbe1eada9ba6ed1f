import type { FromProxy, ToProxy } from "./proxy-protocol.ts";
import { createProxyServer } from "./proxy-server.ts";

/** The entry of the proxy's process: the conductor speaks to it over Node's own channel. */

// A terminal sends Ctrl-C to the whole group; when the proxy ends is the conductor's to say.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});
// The conductor is gone, however that came about.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

const server = createProxyServer((message: FromProxy) => process.send?.(message));
process.on("message", (message: ToProxy) => server.obey(message));
