import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Driver, Transaction } from "../../../src/drivers/driver.ts";
import { BrokerError } from "../../../src/model/errors.ts";
import type { Topology } from "../../../src/model/topology.ts";
import { within } from "../../support/until.ts";
import { assertEachOnce, assertOutcomes, barrier, type ContractCase, idsOf } from "./case.ts";
import type { ContractContext, ProducerWish, Receiver, Sender } from "./context.ts";

const applies: ContractCase["applies"] = (_, c) => c.transactions;

export const TRANSACTION_CASES: readonly ContractCase[] = [
  {
    title: "settles nothing of a transaction before its end, and all of it as acked with the commit",
    applies,
    async run(context) {
      const topology = await context.stream({ partitions: 2 });
      const receiver = await committedReader(context, topology);
      const { sender, tx } = await transactionalSender(context, topology);
      await tx.begin();
      await store(context, sender, 20);
      await barrier(context);
      assertOutcomes(sender, {});
      assert.deepEqual(receiver.got.ids(), [], "messages are there before the commit");
      await within("commit()", tx.commit(), context.patienceMs);
      assertOutcomes(sender, { acked: 20 });
      await receiver.got.reach(20);
      assertEachOnce(idsOf(20, 2), receiver);
    },
  },
  {
    title: "never shows what was aborted, and settles it as failed, with a code",
    applies,
    async run(context) {
      const topology = await context.stream({ partitions: 2 });
      const receiver = await committedReader(context, topology);
      const { sender, tx } = await transactionalSender(context, topology);
      await tx.begin();
      await store(context, sender, 10);
      await within("abort()", tx.abort(), context.patienceMs);
      assertOutcomes(sender, { failed: 10 });
      for (const code of sender.book.codes()) assert.match(code ?? "", /^[A-Z][A-Z0-9_]*$/);
      await tx.begin();
      await store(context, sender, 6);
      await tx.commit();
      assertOutcomes(sender, { failed: 10, acked: 6 });
      await receiver.got.reach(6);
      await barrier(context);
      assertEachOnce([...sender.book.with("acked")], receiver);
    },
  },
  {
    title: "takes nothing outside of a transaction, and says when one has begun",
    applies,
    async run(context) {
      const topology = await context.stream();
      const { sender, tx } = await transactionalSender(context, topology);
      for (const acked of [5, 10]) {
        const sending = sender.send({ count: 5 });
        sending.catch(() => {});
        await barrier(context);
        assert.equal(sender.book.takenCount(), acked - 5, "took messages outside of a transaction");
        await tx.begin();
        await within("ready()", sending, context.patienceMs);
        await within("commit()", tx.commit(), context.patienceMs);
        assertOutcomes(sender, { acked });
      }
    },
  },
  {
    title: "has no more messages in a transaction than may be in flight",
    applies,
    async run(context) {
      const topology = await context.stream();
      const { sender, tx } = await transactionalSender(context, topology, { maxInFlight: 4 });
      const sending = sender.send({ count: 10 });
      sending.catch(() => {});
      for (const acked of [4, 8, 10]) {
        await tx.begin();
        await sender.book.waitFor(
          "its messages",
          () => sender.book.takenCount() >= acked,
          context.patienceMs,
        );
        await barrier(context);
        assert.equal(sender.book.takenCount(), acked);
        await tx.commit();
        assertOutcomes(sender, { acked });
      }
      await sending;
    },
  },
  {
    title: "acknowledges a consumer's positions with the commit, and not when it is aborted",
    applies,
    async run(context) {
      const input = await context.stream();
      const output = await context.stream();
      await (await context.produce(input)).sendAll({ count: 6 });
      const { sender, tx } = await transactionalSender(context, output);
      /** Answers four of them, within a transaction. */
      const relay = async (end: "commit" | "abort"): Promise<void> => {
        const receiver = await context.consume(input, { acknowledge: "transaction", answering: false });
        await receiver.got.reach(6);
        receiver.consumer.answer(3, "ack", true);
        await tx.begin();
        await store(context, sender, 4);
        await tx.sendOffsets(receiver.consumer.positions!());
        await tx[end]();
        await receiver.consumer.close();
      };
      await relay("abort");
      await relay("commit");
      assertOutcomes(sender, { failed: 4, acked: 4 });
      const rest = await context.consume(input, { acknowledge: "transaction" });
      await rest.got.reach(2);
      await barrier(context);
      assertEachOnce(idsOf(6).slice(4), rest);
    },
  },
  {
    title: "fences the producer that had the id before, and aborts what it left open",
    applies,
    async run(context) {
      const topology = await context.stream();
      const receiver = await committedReader(context, topology);
      const transactional = { id: newId(), timeoutNs: 60e9 };
      const first = await transactionalSender(context, topology, { transactional });
      await first.tx.begin();
      await store(context, first.sender, 5);
      const second = await transactionalSender(context, topology, { transactional, index: 1 });
      for (const call of [() => first.tx.commit(), () => first.tx.begin()])
        await assert.rejects(within("a fenced call", call(), context.patienceMs), (error) => {
          assert.ok(error instanceof BrokerError, `not a BrokerError: ${error}`);
          assert.match(error.code, /^(PRODUCER_FENCED|INVALID_PRODUCER_EPOCH)$/);
          return true;
        });
      assertOutcomes(first.sender, { failed: 5 });
      await second.tx.begin();
      await store(context, second.sender, 3);
      await second.tx.commit();
      assertOutcomes(second.sender, { acked: 3 });
      await receiver.got.reach(3);
      await barrier(context);
      assertEachOnce(idsOf(3, 1, 1), receiver);
    },
  },
  {
    title: "settles what is in a transaction as unknown when the producer is closed",
    applies,
    async run(context) {
      const topology = await context.stream();
      const { sender, tx } = await transactionalSender(context, topology);
      await tx.begin();
      await store(context, sender, 3);
      await within("close()", sender.producer.close(), context.patienceMs);
      await barrier(context);
      assertOutcomes(sender, { unknown: 3 });
      await assert.rejects(tx.commit());
      assertOutcomes(sender, { unknown: 3 });
    },
  },
];

function newId(): string {
  return `contract-${randomBytes(6).toString("hex")}`;
}

async function transactionalSender(
  context: ContractContext,
  topology: Topology,
  wish: ProducerWish = {},
): Promise<{ sender: Sender; tx: Transaction }> {
  const transactional = { id: newId(), timeoutNs: 60e9 };
  const sender = await context.produce(topology, { transactional, ...wish });
  const tx = sender.producer.transaction;
  assert.ok(tx, "a transactional producer has no transactions");
  return { sender, tx };
}

/** One who is not given what is not committed. */
async function committedReader(context: ContractContext, topology: Topology): Promise<Receiver> {
  const { target } = context;
  const driver: Driver = await (target.makeCommittedReader ?? target.make)();
  context.defer(() => driver.close());
  await driver.connect();
  return await context.consume(topology, { driver });
}

/** Sends, and waits until the broker has answered for all of it. */
async function store(context: ContractContext, sender: Sender, count: number): Promise<void> {
  await sender.send({ count });
  await within("flush()", sender.producer.flush(), context.patienceMs);
}
