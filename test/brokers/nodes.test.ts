import { expect, test } from "vitest";
import { kafkaProperties } from "../../src/brokers/kafka/config.ts";
import { probeKafka } from "../../src/brokers/kafka/probe.ts";
import { requireNodes, wantedNodes } from "../../src/brokers/nodes.ts";
import { rabbitConfig, rabbitEnvironment, rabbitPorts } from "../../src/brokers/rabbitmq/config.ts";

const NONE = new Map<string, string>();
const GIVEN = new Map([["kafka", "h:1"]]);

test.each([
  { text: undefined, systems: ["kafka"], urls: GIVEN, want: undefined },
  { text: "1", systems: ["kafka", "rabbitmq"], urls: NONE, want: 1 },
  { text: "3", systems: ["kafka", "rabbitmq"], urls: NONE, want: 3 },
  // What is given is none of the targets.
  { text: "3", systems: ["rabbitmq"], urls: GIVEN, want: 3 },
  { text: "1", systems: ["memory"], urls: NONE, want: 1 },
])("--nodes $text for $systems means $want", ({ text, systems, urls, want }) => {
  expect(wantedNodes(text, systems, urls)).toBe(want);
});

test.each([
  ...["0", "2", "4", "5", "-3", "3.0", "three", "", " 3"].map((text) => ({
    ...{ text, systems: ["kafka"], urls: NONE, message: /not a number of nodes/ },
  })),
  { text: "2", systems: ["kafka"], urls: GIVEN, message: /"2" is not a number of nodes/ },
  { text: "3", systems: ["rabbitmq", "kafka"], urls: GIVEN, message: /kafka is at a URL that was given/ },
  { text: "3", systems: ["memory"], urls: NONE, message: /mqbench starts no broker for memory/ },
])("--nodes $text for $systems is refused", ({ text, systems, urls, message }) => {
  expect(() => wantedNodes(text, systems, urls)).toThrow(message);
});

test("a broker that is up has to have the nodes that are asked for", () => {
  const up = { system: "kafka", nodes: [1, 2, 3] };
  for (const fits of [undefined, 3]) requireNodes(up, fits);
  expect(() => requireNodes(up, 1)).toThrow(/kafka is already up with 3 nodes, and --nodes 1/);
});

test.each([
  { count: 1, replicas: 1, minInSync: 1 },
  { count: 3, replicas: 3, minInSync: 2 },
])("$count nodes of Kafka keep $replicas copies, $minInSync in sync", ({ count, replicas, minInSync }) => {
  const nodes = Array.from({ length: count }, (_, i) => {
    return { id: i + 1, dir: `/d${i}`, clientPort: 1000 + i, controllerPort: 2000 + i };
  });
  const lines = kafkaProperties(nodes.at(-1)!, nodes).split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      `node.id=${count}`,
      `default.replication.factor=${replicas}`,
      `min.insync.replicas=${minInSync}`,
      `offsets.topic.replication.factor=${replicas}`,
      `transaction.state.log.replication.factor=${replicas}`,
      `transaction.state.log.min.isr=${minInSync}`,
      "unclean.leader.election.enable=false",
      `controller.quorum.bootstrap.servers=${nodes.map((n) => `127.0.0.1:${n.controllerPort}`).join(",")}`,
    ]),
  );
});

test("a cluster of RabbitMQ names its nodes and shares out the memory; one node keeps the defaults", () => {
  const ports = [10, 20, 30].map((first) => rabbitPorts([first, first + 1, first + 2, first + 3, first + 4]));
  const config = rabbitConfig(ports[1]!, ports);
  expect(config).toContain("cluster_formation.classic_config.nodes.3 = mqbench30@localhost");
  expect(config).toMatch(/^vm_memory_high_watermark.relative = 0\.20$/m);
  expect(config).toMatch(/^cluster_partition_handling = pause_minority$/m);
  expect(rabbitConfig(ports[1]!, [ports[1]!])).not.toMatch(/cluster_|watermark/);
  const environment = rabbitEnvironment({ dir: "/d", ports: ports[1]!, epmdPort: 40 });
  expect(environment).toMatchObject({
    RABBITMQ_NODENAME: "mqbench20@localhost",
    RABBITMQ_DIST_PORT: "24",
    ERL_EPMD_PORT: "40",
  });
});

test("a node where nothing listens does not answer", async () => {
  const probe = probeKafka({ ports: { client: 1 } }, [], new AbortController().signal);
  await expect(probe).rejects.toThrow(/ECONNREFUSED/);
});
