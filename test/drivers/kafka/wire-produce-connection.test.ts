import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { type Connection, openConnection } from "../../../src/drivers/kafka/wire/connection.ts";
import { createReceiveBuffer } from "../../../src/drivers/kafka/wire/receive-buffer.ts";
import { until } from "../../support/until.ts";

/** Bytes of a frame with its length before them. */
function framed(body: Buffer): Buffer {
  const frame = Buffer.alloc(4 + body.length);
  frame.writeInt32BE(body.length, 0);
  body.copy(frame, 4);
  return frame;
}

/** Feeds `bytes` in pieces, as sockets do. */
function feed(sink: ReturnType<typeof createReceiveBuffer>, bytes: Buffer, pieces: readonly number[]): void {
  let at = 0;
  let turn = 0;
  while (at < bytes.length) {
    const room = sink.room();
    const wanted = pieces[turn++ % pieces.length] ?? 1;
    const length = Math.min(room.length, wanted, bytes.length - at);
    room.set(bytes.subarray(at, at + length));
    sink.took(length);
    at += length;
  }
}

test("cuts any frames out of any pieces, byte for byte", () => {
  const body = fc.uint8Array({ minLength: 4, maxLength: 40 }).map((b) => Buffer.from(b));
  const large = fc.integer({ min: 4, max: 300_000 }).map((n) => Buffer.alloc(n, n & 255));
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ arbitrary: body, weight: 5 }, large), { maxLength: 12 }),
      fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1000, max: 200_000 })), {
        minLength: 1,
        maxLength: 5,
      }),
      (bodies, pieces) => {
        const got: Buffer[] = [];
        const sink = createReceiveBuffer(1 << 20, {
          frame: (buffer, start, end) => void got.push(Buffer.from(buffer.subarray(start, end))),
          damaged: (code) => expect.unreachable(code),
        });
        // Pieces of a few bytes are for small streams: the others would take too long.
        const total = bodies.reduce((sum, b) => sum + b.length, 0);
        feed(sink, Buffer.concat(bodies.map(framed)), total > 5000 ? [...pieces, 65_536] : pieces);
        expect(got.length).toBe(bodies.length);
        for (const [i, b] of bodies.entries()) expect(got[i]!.equals(b)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

test.each([
  [1001, "FRAME_TOO_LARGE"],
  [2 ** 31 - 1, "FRAME_TOO_LARGE"],
  [3, "BAD_FRAME"],
  [-1, "BAD_FRAME"],
])("takes a frame of %i bytes for damage, before it reserves memory for it", (length, code) => {
  const codes: string[] = [];
  const sink = createReceiveBuffer(1000, {
    frame: () => expect.unreachable("a frame"),
    damaged: (c) => void codes.push(c),
  });
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(length, 0);
  feed(sink, bytes, [4]);
  feed(sink, framed(Buffer.alloc(10)), [20]);
  expect(codes).toEqual([code]);
  expect(sink.room().length).toBeLessThan(1 << 20);
});

interface Peer {
  readonly connection: Connection;
  readonly lost: string[];
  /** Requests as they came, lengths included. */
  received(): Buffer;
  send(body: Buffer): void;
  socket(): Socket;
}

async function openPeer(requestTimeoutMs = 5000): Promise<Peer> {
  let socket: Socket | undefined;
  let received = Buffer.alloc(0);
  const server = createServer((s) => {
    socket = s;
    s.on("error", () => undefined);
    s.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const lost: string[] = [];
  const connection = await openConnection(
    {
      address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port },
      requestTimeoutMs,
      maxFrameBytes: 1000,
    },
    { lost: (code) => void lost.push(code) },
  );
  await until("the other side", () => socket !== undefined);
  onTestFinished(() => {
    connection.close();
    socket?.destroy();
    server.close();
  });
  return {
    connection,
    lost,
    received: () => received,
    send: (body) => void socket!.write(framed(body)),
    socket: () => socket!,
  };
}

/** A request, and what became of it. */
function ask(connection: Connection, how: "send" | "post" = "send") {
  const told: string[] = [];
  const frame = Buffer.alloc(20);
  const went = connection[how](frame, 0, 20, {
    answered: (buffer, start, end) => void told.push(buffer.toString("latin1", start, end)),
    failed: (code) => void told.push(`failed ${code}`),
  });
  return { told, frame, went };
}

const answer = (id: number, text: string): Buffer => {
  const bytes = Buffer.alloc(4 + text.length);
  bytes.writeInt32BE(id, 0);
  bytes.write(text, 4, "latin1");
  return bytes;
};

test("numbers requests, and gives each its answer", async () => {
  const peer = await openPeer();
  const asked = [ask(peer.connection), ask(peer.connection), ask(peer.connection)];
  await until("the requests", () => peer.received().length === 60);
  expect([0, 20, 40].map((at) => peer.received().readInt32BE(at))).toEqual([16, 16, 16]);
  expect([8, 28, 48].map((at) => peer.received().readInt32BE(at))).toEqual([0, 1, 2]);
  for (const id of [0, 1, 2]) peer.send(answer(id, `answer ${id}`));
  await until("the answers", () => asked.every(({ told }) => told.length === 1));
  expect(asked.map(({ told }) => told[0])).toEqual(["answer 0", "answer 1", "answer 2"]);
  expect(peer.connection.pending).toBe(0);
});

test("has many requests waiting, and fails each of them once when the connection goes", async () => {
  const peer = await openPeer();
  const asked = Array.from({ length: 100 }, () => ask(peer.connection));
  const posted = ask(peer.connection, "post");
  await until("the requests", () => peer.received().length === 101 * 20);
  expect(posted.told).toEqual([""]);
  peer.send(answer(0, "x"));
  await until("the answer", () => asked[0]!.told.length === 1);
  peer.socket().resetAndDestroy();
  await until("the loss", () => peer.lost.length === 1);
  expect(asked.slice(1).map(({ told }) => told)).toEqual(new Array(99).fill([`failed ${peer.lost[0]}`]));
  expect(peer.connection.isOpen).toBe(false);
  expect(ask(peer.connection)).toMatchObject({ went: false, told: [] });
});

test.each([
  ["an answer to what was not asked", answer(1, "x"), "UNEXPECTED_ANSWER"],
  ["an answer that is too large", answer(0, "x".repeat(1000)), "FRAME_TOO_LARGE"],
  ["less than an answer", Buffer.alloc(1), "BAD_FRAME"],
])("ends at %s", async (_, body, code) => {
  const peer = await openPeer();
  const asked = ask(peer.connection);
  peer.send(body);
  await until("the end", () => peer.lost.length === 1);
  expect(peer.lost).toEqual([code]);
  expect(asked.told).toEqual([`failed ${code}`]);
});

test("gives up a connection that does not answer in time", async () => {
  const peer = await openPeer(50);
  const asked = [ask(peer.connection), ask(peer.connection)];
  await until("the end", () => peer.lost.length === 1);
  expect(peer.lost).toEqual(["REQUEST_TIMEOUT"]);
  expect(asked.map(({ told }) => told)).toEqual([["failed REQUEST_TIMEOUT"], ["failed REQUEST_TIMEOUT"]]);
});

test("tells nobody of a loss when it was closed, but what waits", async () => {
  const peer = await openPeer();
  const asked = ask(peer.connection);
  peer.connection.close();
  peer.connection.close();
  expect(asked.told).toEqual(["failed CLOSED"]);
  peer.socket().destroy();
  expect(peer.lost).toEqual([]);
});
