import type { Bench } from "./bench.ts";
import { openBenchBroker } from "./kafka-broker.ts";
import { runMqbench } from "./mqbench.ts";
import { interleave } from "./stats.ts";

/** What a client library costs: the same plan through mqbench's own Kafka client and through kafkajs. */
export const kafkaClients: Bench = {
  name: "kafka-clients",
  what: "acknowledged 100 B messages, kafka@wire / kafka@kafkajs, same plan",
  settings: [
    "1 producer, 1 partition, acks=all, not idempotent (kafkajs keeps one request in flight with it), linger 5 ms, batches of 128 KiB, 8000 messages in flight, 15 s after 5 s of warm-up",
    "the same harness on both sides: each message is stamped, accounted, consumed afterwards and verified",
  ],
  async run(context) {
    const { quick, pairs, seed, signal, note } = context;
    const broker = await openBenchBroker(context);
    try {
      const run = async (client: string): Promise<number> => {
        const { rates } = await runMqbench({
          args: [
            ...["throughput", "--on", `kafka@${client}`, "--size", "100B", "--durability", "disk"],
            ...["--producers", "1", "--consumers", "1", "--partitions", "1", "--in-flight", "8000"],
            ...["--set", "producers.linger=5ms", "--set", "producers.batch=128KiB"],
            ...["--set", "consumers.start=after-producers", "--set", "phases.drain=5m"],
            ...["--warmup", quick ? "2s" : "5s", "--duration", quick ? "3s" : "15s", "--no-floor"],
          ],
          env: { MQBENCH_KAFKA_URL: broker.url },
          signal,
        });
        note(`  ${client}: ${Math.round(rates.publish)}/s`);
        return rates.publish;
      };
      const runs = await interleave(
        pairs,
        seed,
        () => broker.measured(() => run("wire")),
        () => broker.measured(() => run("kafkajs")),
      );
      return [
        {
          name: kafkaClients.name,
          measure: "acknowledged, msg/s",
          better: "higher",
          ...runs,
          against: "kafka@kafkajs",
          goal: 10,
          notes: `kafka@wire against kafkajs 2.2.4, Node ${process.version}; all messages of both verified`,
        },
      ];
    } finally {
      await broker.close();
    }
  },
};
