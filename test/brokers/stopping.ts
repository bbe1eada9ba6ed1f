/** A process that stops others: `node stopping.ts PID...` says `stopped` and waits to be killed. */
import { createStopper, stoppable } from "../../src/brokers/stopper.ts";

const stopper = await createStopper(stoppable(process.argv.slice(2).map(Number)));
stopper.stop();
process.stdout.write("stopped\n");
setInterval(() => {}, 1e6);
