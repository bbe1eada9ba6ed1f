/**
 * `node nodes-owner.ts STATE_DIR` owns three nodes and a program that all need, stops the second node, kills the
 * third and starts it again, prints the pids of the program and of the nodes, and waits to be killed.
 */
import { thisHost } from "../../src/brokers/host.ts";
import { launch } from "../../src/brokers/launch.ts";
import { brokerNodes } from "../../src/brokers/node.ts";
import { scripted } from "./scripted.ts";

const host = thisHost({ stateDir: process.argv[2]! });
const work = { host, onProgress: () => {}, signal: new AbortController().signal };
const helper = { command: "/bin/sleep", args: ["1000"], env: {}, dir: host.stateDir };
const wanted = scripted("echo SERVING; exec sleep 1000", 3, [helper]);
const { record, watch } = await launch(wanted, work);
const control = { work, probe: wanted.native.probe, watch, onChange: () => {} };
const [first, second, third] = brokerNodes(record, control);
await second!.stop();
await third!.kill();
await third!.start();
const pids = [record.helpers[0]!.pid, ...[first!, second!, third!].flatMap((node) => node.pids())];
process.stdout.write(`${JSON.stringify(pids)}\n`);
setInterval(() => {}, 1e6);
