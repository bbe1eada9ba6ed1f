import { Socket } from "node:net";
import { loadDriver } from "../drivers/registry.ts";
import { runAgent } from "../load/agent.ts";

/** How long an agent may take to leave when nobody waits for it any more. */
const ORPHAN_MS = 5000;

/** The entry of an agent's process: the conductor speaks to it over file descriptor 3. */

// A terminal sends Ctrl-C to the whole group; what an agent does then is the conductor's to say.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => {});

const pipe = new Socket({ fd: 3, readable: true, writable: true });
const die = (): void => {
  process.kill(process.pid, "SIGKILL");
};
// The conductor is gone: closing connections in order is nice to have, living on is not. One that was killed before it
// had read everything resets the pipe, which then does not end.
const leave = (): void => void setTimeout(die, ORPHAN_MS).unref();
pipe.once("end", leave).once("close", leave);
await runAgent(pipe, (plan) => loadDriver(plan.target, plan.driverModule));
pipe.end();
// A library that leaves a handle open must not keep a finished agent alive.
if (pipe.closed) die();
pipe.once("close", die);
