/** `node stopper.ts STATE_DIR BROKER_ID` stops the first node of a broker and waits to be killed. */
import { thisHost } from "../../src/brokers/host.ts";
import { brokerNodes } from "../../src/brokers/node.ts";
import { readRecord } from "../../src/brokers/registry.ts";

const [stateDir = "", id = ""] = process.argv.slice(2);
const host = thisHost({ stateDir });
const work = { host, onProgress: () => {}, signal: new AbortController().signal };
const control = { work, probe: async () => ({}), watch: undefined, onChange: () => {} };
const [node] = brokerNodes(readRecord(host, id)!, control);
await node!.stop();
process.stdout.write("stopped\n");
setInterval(() => {}, 1e6);
