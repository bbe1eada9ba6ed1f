import type { Channel, ChannelModel, ConfirmChannel, Message } from "amqplib";
import type { Outcomes, Producer, ProducerOptions } from "../driver.ts";
import { ConfirmWindow } from "./confirm-window.ts";
import { closeConnection } from "./connection.ts";
import { namingOf } from "./naming.ts";
import { amqplibPublisher, directPublisher } from "./publisher.ts";
import { channelNumber, type Wire } from "./wire.ts";

/** Without confirms the channel's own buffer is the only bound: about twice this many messages. */
const UNCONFIRMED_HIGH_WATER = 64;

/** Publishes on a connection and a channel of its own; `wire` is there when frames are written directly. */
export async function rabbitProducer(
  model: ChannelModel,
  options: ProducerOptions,
  limits: { readonly mandatory: boolean; readonly maxMessageBytes: number },
  wire: Wire | undefined,
  on: Outcomes,
): Promise<Producer> {
  const { topology } = options;
  const confirming = topology.durability !== "none";
  const channel = confirming
    ? await model.createConfirmChannel({ highWaterMark: options.maxInFlight })
    : await model.createChannel({ highWaterMark: UNCONFIRMED_HIGH_WATER });
  const { exchange, routingKey } = namingOf(topology);
  const routingKeys = Array.from({ length: topology.partitions }, (_, p) => routingKey(p));
  const mandatory = limits.mandatory && confirming;
  const persistent = topology.durability === "disk" || topology.durability === "fsync";
  const window = new ConfirmWindow(options.maxInFlight, topology.partitions, on);
  let starved = false;
  let closing: Promise<void> | undefined;
  let broken = false;
  let returns = 0;
  let readySoon = false;
  const flushes: (() => void)[] = [];

  const settled = () => {
    if (window.inFlight === 0) for (const resolve of flushes.splice(0)) resolve();
    if (!starved || readySoon || broken || closing) return;
    // Confirms that came in one read are handled in one go, and so is the room that they make.
    readySoon = true;
    process.nextTick(() => {
      readySoon = false;
      if (!starved || !publisher.hasRoom || !window.hasRoom() || closing) return;
      starved = false;
      on.ready();
    });
  };
  const breakOff = (code: string, detail: string) => {
    if (broken || closing) return;
    broken = true;
    window.settleAll(confirming ? "unknown" : "unasked", code);
    settled();
    on.event("broken", detail);
  };
  /** Handed to the socket, give or take a step of the event loop: all that is ever known without confirms. */
  const handedOver = () => {
    if (broken || closing || !publisher.hasRoom) return;
    window.settleAll("unasked");
    settled();
  };

  const settings = { exchange, routingKeys, persistent, mandatory, confirming };
  const onRoom = confirming ? settled : handedOver;
  const publisher = wire
    ? directPublisher(wire, channelNumber(channel), settings, onRoom)
    : amqplibPublisher(channel, settings, onRoom);

  watch(channel, model, breakOff, on);
  if (confirming) {
    // amqplib counts confirms as well, and its count knows nothing of what is published directly.
    if (wire) for (const event of ["ack", "nack"]) channel.removeAllListeners(event);
    // A queue may have stored what another one refused.
    const nacked = topology.subscriptions.length > 1 ? "unknown" : "failed";
    channel.on("ack", ({ deliveryTag, multiple }) => {
      if (broken || closing) return;
      window.confirm(deliveryTag, multiple, "acked");
      settled();
    });
    channel.on("nack", ({ deliveryTag, multiple }) => {
      if (broken || closing) return;
      window.confirm(deliveryTag, multiple, nacked, "NACKED");
      settled();
    });
    channel.on("return", (message) => {
      window.markReturned(Number(message.properties.messageId));
      if (returns++ === 0) on.event("returned", returnText(message));
    });
  }

  return {
    offer(source, max) {
      if (broken || closing) return 0;
      let took = 0;
      while (took < max) {
        const head = source.peek();
        if (head === undefined) break;
        if (!window.hasRoom() || !publisher.hasRoom) {
          starved = true;
          break;
        }
        const { lane, partition, sequence, sizeBytes } = head;
        took += 1;
        if (sizeBytes > limits.maxMessageBytes) {
          source.write(Buffer.allocUnsafeSlow(sizeBytes), 0);
          on.settled(lane, sequence, 1, "failed", "TOO_LARGE");
          continue;
        }
        if (!publisher.publish(source, partition, sizeBytes, window.nextTag)) {
          on.settled(lane, sequence, 1, "failed", "NOT_SENT");
          break;
        }
        window.push(lane, partition, sequence);
      }
      publisher.send();
      if (took > 0 && !confirming && publisher.hasRoom) setImmediate(handedOver);
      return took;
    },
    async flush() {
      if (window.inFlight > 0) await new Promise<void>((resolve) => flushes.push(resolve));
    },
    close() {
      closing ??= (async () => {
        window.settleAll(confirming ? "unknown" : "unasked", "CLOSED");
        for (const resolve of flushes.splice(0)) resolve();
        await closeConnection(model, async () => await channel.close());
      })();
      return closing;
    },
  };
}

function watch(
  channel: Channel | ConfirmChannel,
  model: ChannelModel,
  breakOff: (code: string, detail: string) => void,
  on: Outcomes,
): void {
  channel.on("error", (error) => breakOff("CHANNEL_CLOSED", error.message));
  model.on("close", (error) =>
    breakOff("CONNECTION_LOST", error?.message ?? "the broker closed the connection"),
  );
  model.on("blocked", (reason) => on.event("blocked", reason));
  model.on("unblocked", () => on.event("unblocked", ""));
  // A mistake in the harness is not the channel's: let it surface.
  channel.on("handler-error", (error) => {
    throw error;
  });
}

function returnText(message: Message): string {
  const {
    replyText = "returned",
    exchange,
    routingKey,
  } = message.fields as unknown as Record<string, string>;
  return `${replyText}: exchange "${exchange}", routing key "${routingKey}"`;
}
