import type { ChannelModel } from "amqplib";
import { BrokerError } from "../../model/errors.ts";
import type { Topology } from "../../model/topology.ts";
import type { Altered } from "../driver.ts";
import { exists, onChannel } from "./declare.ts";
import { namingOf } from "./naming.ts";

/**
 * Unbinds every queue of the stream from its exchange. That the bindings are gone is shown by what they would
 * carry: AMQP cannot list bindings, but a mandatory message that no queue takes comes back.
 * @throws BrokerError `NOT_ALTERED` when a message still found a queue
 */
export async function unbindQueues(
  model: ChannelModel,
  topology: Topology,
  isIndirect = false,
): Promise<Altered> {
  const all = namingOf(topology, isIndirect).bindings;
  const { exchange } = all[0]!;
  await onChannel(model, async (channel) => {
    for (const { queue, key } of all) await channel.unbindQueue(queue, exchange, key);
  });
  const keys = [...new Set(all.map(({ key }) => key))];
  const returned = await returnedOf(model, exchange, keys);
  if (returned < keys.length)
    throw new BrokerError(`a message to exchange ${exchange} still finds a queue, though all were unbound`, {
      code: "NOT_ALTERED",
      hints: ["Somebody else may have bound a queue to it: give the stream a name of its own."],
    });
  const bindings = `${all.length} ${all.length === 1 ? "binding" : "bindings"}`;
  return {
    count: all.length,
    detail: `${bindings} of exchange ${exchange} gone: a message to it came back as unroutable`,
    async undo() {
      await onChannel(model, async (channel) => {
        for (const { queue, key } of all) await channel.bindQueue(queue, exchange, key);
      });
      return `${bindings} of exchange ${exchange} made again, the broker said so`;
    },
  };
}

/**
 * Deletes every queue of the stream, with what is in it.
 * @throws BrokerError `NOT_ALTERED` when one is still there
 */
export async function deleteQueues(model: ChannelModel, topology: Topology): Promise<Altered> {
  const { queues } = namingOf(topology);
  await onChannel(model, async (channel) => {
    for (const { name } of queues) await channel.deleteQueue(name);
  });
  for (const { name } of queues)
    if (await exists(model, (channel) => channel.checkQueue(name)))
      throw new BrokerError(`queue ${name} is still there, though it was deleted`, { code: "NOT_ALTERED" });
  const counted = `${queues.length} ${queues.length === 1 ? "queue" : "queues"}`;
  return {
    count: queues.length,
    detail: `${counted} of ${topology.name} deleted: not found any more`,
    undo: async () => "what was deleted stays deleted",
  };
}

/** How many of the empty messages, one for each key, come back. A return precedes its confirm. */
async function returnedOf(model: ChannelModel, exchange: string, keys: readonly string[]): Promise<number> {
  const channel = await model.createConfirmChannel();
  channel.on("error", () => {});
  let returned = 0;
  channel.on("return", () => {
    returned += 1;
  });
  for (const key of keys) channel.publish(exchange, key, Buffer.alloc(0), { mandatory: true });
  await channel.waitForConfirms();
  await channel.close();
  return returned;
}
