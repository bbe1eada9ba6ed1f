import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { amqpDialogue } from "../../src/faults/amqp.ts";
import { kafkaDialogue } from "../../src/faults/kafka.ts";
import type { Dialogue, DialogueContext } from "../../src/faults/reshape.ts";

const i8 = (n: number) => Buffer.from([n]);
const i16 = (n: number) => Buffer.from([(n >> 8) & 255, n & 255]);
const i32 = (n: number) => Buffer.from([(n >> 24) & 255, (n >> 16) & 255, (n >> 8) & 255, n & 255]);
const text = (s: string) => Buffer.concat([i16(s.length), Buffer.from(s)]);
const compact = (s: string) => Buffer.concat([i8(s.length + 1), Buffer.from(s)]);
const framed = (...parts: Buffer[]) => {
  const payload = Buffer.concat(parts);
  return Buffer.concat([i32(payload.length), payload]);
};
const NO_TAGS = i8(0);
const NULL = i16(-1);

const [PRODUCE, FETCH, METADATA, COORDINATOR] = [0, 1, 3, 10] as const;
const REST = Buffer.from("what follows stays as it is");

type Place = readonly [host: string, port: number];

/** What a broker would answer, by the layouts of Kafka's message definitions. */
function answer(api: number, version: number, id: number, places: readonly Place[]): Buffer {
  const [host, port] = places[0]!;
  if (api === METADATA && version >= 9)
    return framed(
      i32(id),
      NO_TAGS,
      i32(0),
      i8(places.length + 1),
      ...places.flatMap(([h, p], n) => [i32(n), compact(h), i32(p), i8(0), NO_TAGS]),
      REST,
    );
  if (api === METADATA)
    return framed(
      i32(id),
      ...(version >= 3 ? [i32(0)] : []),
      i32(places.length),
      ...places.flatMap(([h, p], n) => [i32(n), text(h), i32(p), ...(version >= 1 ? [NULL] : [])]),
      REST,
    );
  if (version >= 4) {
    const one = [compact("group"), i32(1), compact(host), i32(port), i16(0), i8(0), NO_TAGS];
    return framed(i32(id), NO_TAGS, i32(0), i8(2), ...one, NO_TAGS);
  }
  if (version >= 3)
    return framed(i32(id), NO_TAGS, i32(0), i16(0), i8(0), i32(1), compact(host), i32(port), NO_TAGS);
  const head = version >= 1 ? [i32(0), i16(0), NULL] : [i16(0)];
  return framed(i32(id), ...head, i32(1), text(host), i32(port));
}

const request = (api: number, version: number, id: number) =>
  framed(i16(api), i16(version), i32(id), Buffer.from("…"));

const ROUTES: Readonly<Record<string, number>> = { "a-rather-long-name.example:9092": 4000, "b:9093": 4001 };
const OLD: readonly Place[] = [
  ["a-rather-long-name.example", 9092],
  ["b", 9093],
];
const NEW: readonly Place[] = [
  ["127.0.0.1", 4000],
  ["127.0.0.1", 4001],
];
const CONTEXT: DialogueContext = {
  addressFor({ host, port }) {
    const to = ROUTES[`${host}:${port}`];
    return to === undefined ? undefined : { host: "127.0.0.1", port: to };
  },
  wantsAnswerLost: () => false,
};

/** Feeds bytes in pieces; what came out, and whether it was cut. */
function feed(dialogue: Dialogue, bytes: Buffer, sizes: Iterable<number>): { out: Buffer; isCut: boolean } {
  const out: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    if (at >= bytes.length) break;
    const reshaped = dialogue.fromBroker(bytes.subarray(at, at + size));
    at += size;
    out.push(...reshaped.out.map((b) => Buffer.from(b)));
    if (reshaped.isCut) return { out: Buffer.concat(out), isCut: true };
  }
  return { out: Buffer.concat(out), isCut: false };
}

function* always(n: number): Generator<number> {
  for (;;) yield n;
}

describe("Kafka's answers through the proxy", () => {
  const VERSIONS = [
    ...[0, 1, 2, 3, 8, 9, 12].map((v) => [METADATA, v] as const),
    ...[0, 1, 2, 3, 4, 6].map((v) => [COORDINATOR, v] as const),
  ];

  it.each(VERSIONS)("of api %i in version %i name the proxy", (api, version) => {
    const dialogue = kafkaDialogue(CONTEXT);
    dialogue.fromClient(request(api, version, 7));
    const { out } = feed(dialogue, answer(api, version, 7, OLD), always(1000));
    expect(out).toEqual(answer(api, version, 7, NEW));
  });

  /** [api, lowest, highest]; an entry of version 3 and later has tags. */
  const versions = (version: number, id: number, apis: readonly (readonly [number, number, number])[]) =>
    version >= 3
      ? framed(
          i32(id),
          i16(0),
          i8(apis.length + 1),
          ...apis.flatMap((entry, n) => [...entry.map(i16), n % 2 ? Buffer.from([1, 7, 2, 9, 9]) : NO_TAGS]),
          REST,
        )
      : framed(i32(id), i16(0), i32(apis.length), ...apis.flatMap((entry) => entry.map(i16)), REST);

  it.each([0, 2, 3, 4])(
    "offer no version in which leaders are told by the way: ApiVersions %i",
    (version) => {
      const dialogue = kafkaDialogue(CONTEXT);
      const asked = (highest: readonly [produce: number, fetch: number]) =>
        versions(version, 5, [
          [PRODUCE, 3, highest[0]],
          [FETCH, 4, highest[1]],
          [METADATA, 0, 13],
        ]);
      for (const [told, want] of [
        [
          [13, 18],
          [9, 15],
        ],
        [
          [8, 11],
          [8, 11],
        ],
      ] as const) {
        dialogue.fromClient(request(18, version, 5));
        expect(feed(dialogue, asked(told), always(7)).out).toEqual(asked(want));
      }
    },
  );

  it("of a broker that does not know the question's version are in version 0", () => {
    const dialogue = kafkaDialogue(CONTEXT);
    const refusal = (highest: number) => framed(i32(5), i16(35), i32(1), i16(PRODUCE), i16(3), i16(highest));
    dialogue.fromClient(request(18, 4, 5));
    expect(feed(dialogue, refusal(12), always(100)).out).toEqual(refusal(9));
  });

  it("stay as they are otherwise, however the bytes are cut up", () => {
    const step = fc.constantFrom([METADATA, 12], [METADATA, 1], [COORDINATOR, 4], [FETCH, 13], [PRODUCE, 9]);
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 12 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
        (steps, cuts) => {
          const dialogue = kafkaDialogue(CONTEXT);
          const say = (places: readonly Place[]) =>
            Buffer.concat(
              steps.map(([api, version], id) =>
                api === FETCH || api === PRODUCE ? framed(i32(id), REST) : answer(api!, version!, id, places),
              ),
            );
          const asked = Buffer.concat(steps.map(([api, version], id) => request(api!, version!, id)));
          for (let at = 0; at < asked.length; ) {
            const size = cuts.next().value;
            dialogue.fromClient(asked.subarray(at, at + size));
            at += size;
          }
          expect(feed(dialogue, say(OLD), cuts).out).toEqual(say(NEW));
        },
      ),
      { numRuns: 200 },
    );
  });

  it("ask for a listener when they name a broker that has none, and go on when it is there", () => {
    const known = new Map<string, number>();
    const dialogue = kafkaDialogue({
      ...CONTEXT,
      addressFor: ({ host, port }) => {
        const to = known.get(`${host}:${port}`);
        return to === undefined ? undefined : { host: "127.0.0.1", port: to };
      },
    });
    dialogue.fromClient(request(METADATA, 12, 1));
    const bytes = answer(METADATA, 12, 1, OLD);
    const first = dialogue.fromBroker(bytes);
    expect(first.missing).toEqual(OLD.map(([host, port]) => ({ host, port })));
    expect(Buffer.concat(first.out)).toHaveLength(0);
    for (const [key, port] of Object.entries(ROUTES)) known.set(key, port);
    expect(Buffer.concat(dialogue.fromBroker(first.rest!).out)).toEqual(answer(METADATA, 12, 1, NEW));
  });

  it("lose that to a Produce request, and nothing before it, when it is wanted", () => {
    let isWanted = false;
    const dialogue = kafkaDialogue({ ...CONTEXT, wantsAnswerLost: () => isWanted });
    for (const [id, api] of [PRODUCE, FETCH, PRODUCE].entries()) dialogue.fromClient(request(api, 9, id));
    const [one, two, three] = [0, 1, 2].map((id) => framed(i32(id), REST)) as [Buffer, Buffer, Buffer];
    expect(feed(dialogue, one, always(5))).toEqual({ out: one, isCut: false });
    isWanted = true;
    expect(feed(dialogue, Buffer.concat([two, three]), always(5))).toEqual({ out: two, isCut: true });
  });
});

describe("AMQP's frames through the proxy", () => {
  const frame = (type: number, payload: Buffer) =>
    Buffer.concat([i8(type), i16(1), i32(payload.length), payload, i8(0xce)]);
  const ack = frame(1, Buffer.concat([i16(60), i16(80), Buffer.alloc(9)]));
  const deliver = frame(1, Buffer.concat([i16(60), i16(60), Buffer.alloc(20)]));
  // Looks like a confirm, and is the body of a message.
  const body = frame(3, Buffer.concat([i16(60), i16(80), Buffer.alloc(9)]));
  const heartbeat = frame(8, Buffer.alloc(0));

  it("stay as they are, however they are cut up", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(ack, deliver, body, heartbeat), { maxLength: 20 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 30 })),
        (frames, cuts) => {
          const all = Buffer.concat(frames);
          const { out } = feed(amqpDialogue(CONTEXT), all, cuts);
          // What is no whole head yet waits for more; there is none of it at the end of a frame.
          expect(out).toEqual(all);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([1, 3, 7, 1000])("lose the first confirm, and nothing before it, in pieces of %i", (size) => {
    const dialogue = amqpDialogue({ ...CONTEXT, wantsAnswerLost: () => true });
    const before = Buffer.concat([heartbeat, deliver, body]);
    expect(feed(dialogue, Buffer.concat([before, ack, deliver]), always(size))).toEqual({
      out: before,
      isCut: true,
    });
  });
});
