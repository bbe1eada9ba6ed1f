import assert from "node:assert/strict";
import type { Capabilities } from "../../../src/drivers/driver.ts";
import type { ContractContext, ContractTarget, Receiver, Sender } from "./context.ts";

/** One promise of the contract. It throws when the driver breaks it and knows no test runner. */
export interface ContractCase {
  readonly title: string;
  /** Whether it makes sense for what the driver declares and the target offers. */
  applies(target: ContractTarget, capabilities: Capabilities): boolean;
  run(context: ContractContext): Promise<void>;
}

export const always = () => true;

/** Whether a message can be acknowledged at all. */
export const confirms = (_: ContractTarget, c: Capabilities) => c.durability.some((d) => d !== "none");

/** The sender kept the contract, and its messages ended as wanted. */
export function assertOutcomes(sender: Sender, want: Record<string, number>): void {
  assert.deepEqual(sender.book.breaches, []);
  assert.deepEqual(sender.book.counts(), want);
}

/** Each of the receivers got messages only, intact, in a well-formed way. */
export function assertIntact(...receivers: Receiver[]): void {
  for (const { got } of receivers) {
    assert.deepEqual(got.breaches, []);
    assert.ok(!got.ids().includes("corrupt"), "a delivered body differs from what was written");
  }
}

/** Together the receivers got exactly these messages, each once. */
export function assertEachOnce(want: readonly string[], ...receivers: Receiver[]): void {
  assertIntact(...receivers);
  assert.deepEqual(receivers.flatMap(({ got }) => got.ids()).sort(), [...want].sort());
}

/** `lane/0` … of `count` messages that one producer sends to `partitions` in turn. */
export function idsOf(count: number, partitions = 1, producer = 0): string[] {
  const id = (n: number) => `${producer * partitions + (n % partitions)}/${Math.floor(n / partitions)}`;
  return Array.from({ length: count }, (_, n) => id(n));
}

/**
 * A whole round trip on a stream of its own: whatever the driver was already about to do, it has done when
 * this is over. Used where something must *not* happen.
 */
export async function barrier(context: ContractContext): Promise<void> {
  for (let i = 0; i < 3; i++) {
    const topology = await context.stream();
    const receiver = await context.consume(topology);
    const sender = await context.produce(topology);
    await sender.sendAll({ count: 5 });
    await receiver.got.reach(5);
    await receiver.consumer.close();
    await sender.producer.close();
  }
}
