import { EventEmitter } from "node:events";
import { Socket } from "node:net";
import type { ChannelModel } from "amqplib";
import { describe, expect, test } from "vitest";
import { BLOCK_BYTES } from "../../../src/drivers/rabbitmq/block-writer.ts";
import { SendBuffer } from "../../../src/drivers/rabbitmq/send-buffer.ts";
import { type Wire, wireOf } from "../../../src/drivers/rabbitmq/wire.ts";

/** A socket that finishes writes when it is told to. */
function fakeWire() {
  const writes: { readonly text: string; readonly bytes: Buffer; readonly done: () => void }[] = [];
  const stream = Object.assign(new EventEmitter(), {
    writableLength: 0,
    writableHighWaterMark: 10,
    write(bytes: Buffer, done: () => void) {
      stream.writableLength += bytes.length;
      writes.push({ text: bytes.toString(), bytes, done });
      return true;
    },
  });
  const wire = { stream, sentSinceLastCheck: false } as unknown as Wire;
  const finish = () => {
    for (const { bytes, done } of writes.splice(0)) {
      stream.writableLength -= bytes.length;
      done();
    }
    stream.emit("drain");
  };
  return { wire, writes, finish };
}

function put(buffer: SendBuffer, text: string): void {
  const at = buffer.reserve(text.length);
  buffer.bytes.write(text, at);
}

describe("the send buffer", () => {
  test("writes once for each send, and tells the heartbeat", () => {
    const { wire, writes } = fakeWire();
    const buffer = new SendBuffer(wire, 100, () => {});
    buffer.send();
    expect([writes.length, wire.sentSinceLastCheck]).toEqual([0, false]);
    for (const text of ["ab", "cd"]) put(buffer, text);
    buffer.send();
    put(buffer, "e");
    buffer.send();
    expect([writes.map(({ text }) => text), wire.sentSinceLastCheck]).toEqual([["abcd", "e"], true]);
  });

  test("overwrites nothing that the socket still holds, and uses blocks again that it does not", () => {
    const { wire, writes, finish } = fakeWire();
    const buffer = new SendBuffer(wire, 2 ** 30, () => {});
    const texts = Array.from({ length: 2000 }, (_, i) => `message ${i} `.padEnd(100, "x"));
    for (const text of texts) {
      put(buffer, text);
      buffer.send();
    }
    expect(writes.map(({ bytes }) => bytes.toString())).toEqual(texts);
    const blocks = new Set(writes.map(({ bytes }) => bytes.buffer));
    expect(blocks.size).toBe(Math.ceil((2000 * 100) / (Math.floor(BLOCK_BYTES / 100) * 100)));
    finish();
    for (const text of texts) put(buffer, text);
    buffer.send();
    expect(writes.every(({ bytes }) => blocks.has(bytes.buffer))).toBe(true);
    expect(writes.map(({ bytes }) => bytes.toString()).join("")).toBe(texts.join(""));
  });

  test("has no room while the socket holds too much, and says when it has again", () => {
    const { wire, finish } = fakeWire();
    let rooms = 0;
    const buffer = new SendBuffer(wire, 5, () => rooms++);
    put(buffer, "0123456789");
    buffer.send();
    // Below the socket's own mark no "drain" would follow.
    expect(buffer.hasRoom).toBe(true);
    put(buffer, "x");
    buffer.send();
    expect([buffer.hasRoom, rooms]).toEqual([false, 0]);
    finish();
    expect([buffer.hasRoom, rooms]).toEqual([true, 1]);
  });

  test("gives a message that is larger than a block one of its own", () => {
    const { wire, writes } = fakeWire();
    const buffer = new SendBuffer(wire, 100, () => {});
    put(buffer, "before");
    put(buffer, "x".repeat(BLOCK_BYTES + 1));
    put(buffer, "after");
    buffer.send();
    expect(writes.map(({ text }) => text.length)).toEqual([6, BLOCK_BYTES + 1, 5]);
  });
});

describe("direct framing", () => {
  const inside = {
    stream: new Socket(),
    frameMax: 131_072,
    rest: Buffer.alloc(0),
    recvFrame: () => false,
    sentSinceLastCheck: false,
    recvSinceLastCheck: false,
  };
  const model = (connection: object) => ({ connection }) as unknown as ChannelModel;

  test("is for the amqplib that it knows, unless amqplib's is asked for", () => {
    expect(wireOf(model(inside), "direct")).toBe(inside);
    expect(wireOf(model(inside), "amqplib")).toBeUndefined();
  });

  test.each(["2.3.0", "2.3.2", "3.0.0"])("is not for amqplib %s", (version) => {
    expect(wireOf(model(inside), "direct", version)).toBeUndefined();
  });

  test.each(Object.keys(inside))("is not for a connection without %s", (name) => {
    expect(wireOf(model({ ...inside, [name]: undefined }), "direct")).toBeUndefined();
  });
});
