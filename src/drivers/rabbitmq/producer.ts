import type { Channel, ChannelModel, ConfirmChannel, Message } from "amqplib";
import type { Outcomes, Producer, ProducerOptions } from "../driver.ts";
import { ConfirmWindow } from "./confirm-window.ts";
import type { AmqpLine } from "./connection.ts";
import { KeptBodies } from "./kept-bodies.ts";
import { Link } from "./link.ts";
import { namingOf } from "./naming.ts";
import { amqplibPublisher, directPublisher, type Publisher } from "./publisher.ts";
import { channelNumber, wireOf } from "./wire.ts";

/** Without confirms the channel's own buffer is the only bound: about twice this many messages. */
const UNCONFIRMED_HIGH_WATER = 64;

/**
 * Publishes on a connection and a channel of its own. When the connection is lost, what was not confirmed is unknown,
 * or with `republish` published again on the next one, before anything new.
 */
export async function rabbitProducer(
  line: AmqpLine,
  options: ProducerOptions,
  maxMessageBytes: number,
  on: Outcomes,
): Promise<Producer> {
  const { topology } = options;
  const confirming = topology.durability !== "none";
  const { exchange, routingKey } = namingOf(topology, line.options.deadLetter !== undefined);
  const settings = {
    exchange,
    routingKeys: Array.from({ length: topology.partitions }, (_, p) => routingKey(p)),
    persistent: topology.durability === "disk" || topology.durability === "fsync",
    mandatory: line.options.mandatory && confirming,
    confirming,
  };
  const unconfirmed = confirming ? "unknown" : "unasked";
  const window = new ConfirmWindow(options.maxInFlight, topology.partitions, on);
  const kept = confirming && line.options.republish ? new KeptBodies(window.slots) : undefined;
  /** Of the connection that is in use; undefined while there is none. */
  let publisher: Publisher | undefined;
  let channel: Channel | undefined;
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
      if (!starved || !publisher?.hasRoom || !window.hasRoom() || closing) return;
      starved = false;
      on.ready();
    });
  };
  /** Handed to the socket, give or take a step of the event loop: all that is ever known without confirms. */
  const handedOver = () => {
    if (closing || !publisher?.hasRoom) return;
    window.settleAll("unasked");
    settled();
  };

  const attach = async (model: ChannelModel, fail: (error: Error, code: string) => void): Promise<void> => {
    const opened = confirming
      ? await model.createConfirmChannel({ highWaterMark: options.maxInFlight })
      : await model.createChannel({ highWaterMark: UNCONFIRMED_HIGH_WATER });
    const wire = wireOf(model, line.options.framing);
    const onRoom = confirming ? settled : handedOver;
    const isCurrent = () => channel === opened && !closing;
    opened.on("error", (error) => fail(error, "CHANNEL_CLOSED"));
    // A mistake in the harness is not the channel's: let it surface.
    opened.on("handler-error", (error) => {
      throw error;
    });
    // amqplib counts confirms as well, and its count knows nothing of what is published directly.
    if (confirming && wire) for (const event of ["ack", "nack"]) opened.removeAllListeners(event);
    if (confirming) hearConfirms(opened as ConfirmChannel, isCurrent);
    channel = opened;
    publisher = wire
      ? directPublisher(wire, channelNumber(opened), settings, onRoom)
      : amqplibPublisher(opened, settings, onRoom);
    publishAgain(publisher);
  };

  const hearConfirms = (opened: ConfirmChannel, isCurrent: () => boolean): void => {
    // A queue may have stored what another one refused.
    const nacked = topology.subscriptions.length > 1 ? "unknown" : "failed";
    opened.on("ack", ({ deliveryTag, multiple }) => {
      if (!isCurrent()) return;
      window.confirm(deliveryTag, multiple, "acked");
      settled();
    });
    opened.on("nack", ({ deliveryTag, multiple }) => {
      if (!isCurrent()) return;
      window.confirm(deliveryTag, multiple, nacked, "NACKED");
      settled();
    });
    opened.on("return", (message) => {
      if (!isCurrent()) return;
      window.markReturned(Number(message.properties.messageId));
      if (returns++ === 0) on.event("returned", returnText(message));
    });
  };

  /** The window is empty unless bodies are kept. */
  const publishAgain = (sending: Publisher): void => {
    const open = window.takeUnsettled();
    kept?.renumber(open.map(({ tag }) => tag));
    for (const { lane, partition, sequence } of open) {
      const tag = window.nextTag;
      if (kept) sending.publish(kept.again(tag), partition, kept.sizeBytes(tag), tag, kept.isUrgent(tag));
      window.push(lane, partition, sequence, true);
    }
    sending.send();
    settled();
  };

  const link = new Link(line, {
    attach,
    detach(code) {
      publisher = undefined;
      channel = undefined;
      if (closing || kept) return;
      window.settleAll(unconfirmed, code);
      settled();
    },
    returned: settled,
    broke(code) {
      broken = true;
      window.settleAll(unconfirmed, code);
      settled();
    },
    event: (kind, detail) => on.event(kind, detail),
  });
  await link.open();

  return {
    offer(source, max) {
      if (broken || closing) return 0;
      const sending = publisher;
      if (sending === undefined) {
        starved ||= max > 0 && source.peek() !== undefined;
        return 0;
      }
      let took = 0;
      while (took < max) {
        const head = source.peek();
        if (head === undefined) break;
        if (!window.hasRoom() || !sending.hasRoom) {
          starved = true;
          break;
        }
        const { lane, partition, sequence, sizeBytes, isUrgent = false } = head;
        took += 1;
        if (sizeBytes > maxMessageBytes) {
          source.write(Buffer.allocUnsafeSlow(sizeBytes), 0);
          on.settled(lane, sequence, 1, "failed", "TOO_LARGE");
          continue;
        }
        const tag = window.nextTag;
        const body = kept === undefined ? source : kept.keep(source, tag, sizeBytes, isUrgent);
        if (!sending.publish(body, partition, sizeBytes, tag, isUrgent)) {
          on.settled(lane, sequence, 1, "failed", "NOT_SENT");
          break;
        }
        window.push(lane, partition, sequence);
      }
      sending.send();
      if (took > 0 && !confirming && sending.hasRoom) setImmediate(handedOver);
      return took;
    },
    async flush() {
      if (window.inFlight > 0) await new Promise<void>((resolve) => flushes.push(resolve));
      // Without confirms, an answer to what was asked behind them says that the broker has read them all.
      if (!confirming) await channel?.prefetch(0).catch(() => {});
    },
    close() {
      closing ??= (async () => {
        window.settleAll(unconfirmed, "CLOSED");
        for (const resolve of flushes.splice(0)) resolve();
        await link.close(async () => await channel?.close());
      })();
      return closing;
    },
  };
}

function returnText(message: Message): string {
  const {
    replyText = "returned",
    exchange,
    routingKey,
  } = message.fields as unknown as Record<string, string>;
  return `${replyText}: exchange "${exchange}", routing key "${routingKey}"`;
}
