/** A process that owns brokers: `node owner.ts STATE_DIR SYSTEM...` prints its leases and waits to be killed. */
import { thisHost } from "../../src/brokers/host.ts";
import { obtainBroker } from "../../src/brokers/provider.ts";

const [stateDir = "", ...systems] = process.argv.slice(2);
const options = { onProgress: () => {}, signal: new AbortController().signal };
const obtain = (system: string) => obtainBroker(system, options, thisHost({ stateDir }));
process.stdout.write(`${JSON.stringify(await Promise.all(systems.map(obtain)))}\n`);
setInterval(() => {}, 1e6);
