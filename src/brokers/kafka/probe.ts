import type { BrokerFacts } from "../broker.ts";
import type { NodePlan } from "../native.ts";
import { ask } from "../probe-socket.ts";

/** Keys of the protocol guide: https://kafka.apache.org/protocol */
const METADATA = 3;
const API_VERSIONS = 18;

/**
 * Rejects until the node answers ApiVersions and its metadata lists it, which means that it is unfenced, and all
 * of its peers.
 */
export async function probeKafka(
  node: Pick<NodePlan, "ports">,
  peers: readonly Pick<NodePlan, "ports">[],
  signal: AbortSignal,
): Promise<BrokerFacts> {
  const port = node.ports.client!;
  const versions = await ask(port, kafkaRequest(API_VERSIONS, 0), signal, response);
  if (versions.readInt16BE(4) !== 0) throw new Error(`ApiVersions answered ${versions.readInt16BE(4)}`);
  // Version 1 with an empty list of topics: brokers only.
  const metadata = await ask(port, kafkaRequest(METADATA, 1, Buffer.alloc(4)), signal, response);
  const listed = listedPorts(metadata);
  if (!listed.includes(port)) throw new Error("the broker is still fenced");
  if (!peers.every(({ ports }) => listed.includes(ports.client!)))
    throw new Error(`it sees ${listed.length} of the brokers only`);
  return {};
}

/** A request with header version 1: size, key, version, correlation id, client id. */
export function kafkaRequest(key: number, version: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const client = Buffer.from("mqbench");
  const head = Buffer.alloc(14);
  head.writeInt32BE(10 + client.length + body.length, 0);
  head.writeInt16BE(key, 4);
  head.writeInt16BE(version, 6);
  head.writeInt32BE(1, 8);
  head.writeInt16BE(client.length, 12);
  return Buffer.concat([head, client, body]);
}

/** The answer from its correlation id on, once it is all there. */
function response(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 4) return undefined;
  const size = bytes.readInt32BE(0);
  if (size < 6 || size > 1 << 20) throw new Error("this is not Kafka");
  return bytes.length < 4 + size ? undefined : bytes.subarray(4, 4 + size);
}

/** The ports in the brokers array of a Metadata v1 answer: node id, host, port, rack. */
export function listedPorts(metadata: Buffer): readonly number[] {
  const ports: number[] = [];
  let at = 8;
  for (let left = metadata.readInt32BE(4); left > 0; left--) {
    at += 4;
    at += 2 + metadata.readInt16BE(at);
    ports.push(metadata.readInt32BE(at));
    at += 4;
    at += 2 + Math.max(0, metadata.readInt16BE(at));
  }
  return ports;
}
