import { randomBytes } from "node:crypto";
import type { Transaction } from "../../../src/drivers/driver.ts";
import { wireDriver } from "../../../src/drivers/kafka/wire/wire.ts";
import type { Topology } from "../../../src/model/topology.ts";
import { assertEachOnce, barrier } from "../contract/case.ts";
import type { ContractContext, ProducerWish, Receiver, Sender } from "../contract/context.ts";
import { kafkaClient } from "./client.ts";

export const client = kafkaClient("wire", wireDriver);

export const FENCED = /^(PRODUCER_FENCED|INVALID_PRODUCER_EPOCH)$/;

export function newId(): string {
  return `test-${randomBytes(6).toString("hex")}`;
}

/** A transactional producer with its books. */
export async function openSender(
  context: ContractContext,
  topology: Topology,
  wish: ProducerWish = {},
): Promise<Sender & { readonly tx: Transaction }> {
  const transactional = { id: newId(), timeoutNs: 60e9 };
  const sender = await context.produce(topology, { transactional, ...wish });
  return { ...sender, tx: sender.producer.transaction! };
}

/** One who reads what was committed, and the control: one who reads everything. */
export async function openReaders(
  context: ContractContext,
  topology: Topology,
): Promise<{ readonly committed: Receiver; readonly all: Receiver }> {
  const driver = await client.driverWith(context, { isolation: "read_committed" });
  return {
    committed: await context.consume(topology, { driver }),
    all: await context.consume(topology),
  };
}

/** Sends, and waits until the broker has answered for all of it. */
export async function store(sender: Sender, count: number): Promise<void> {
  await sender.send({ count });
  await sender.producer.flush();
}

/** A transaction of this many messages, from its begin to its commit. */
export async function commitNext(
  sender: Sender & { readonly tx: Transaction },
  count: number,
): Promise<void> {
  await sender.tx.begin();
  await store(sender, count);
  await sender.tx.commit();
}

/** The receiver gets this many: all that the sender has acknowledged, each once, and nothing else. */
export async function assertSeen(
  context: ContractContext,
  receiver: Receiver,
  count: number,
  sender: Sender,
): Promise<void> {
  await receiver.got.reach(count);
  await barrier(context);
  assertEachOnce([...sender.book.with("acked")], receiver);
}
