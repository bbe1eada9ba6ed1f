/** ApiVersions: which versions of each request a broker takes. */
export const API_VERSIONS = 18;

/**
 * From the next version on, answers may say who leads instead and at which address (KIP-951: `NodeEndpoints` of
 * ProduceResponse and FetchResponse), which would lead clients around the proxy. Those tagged fields are the last
 * of an answer that may be large, and whoever does not hear of these versions does not ask for them.
 */
const HIGHEST: Readonly<Record<number, number>> = { 0: 9, 1: 15 };

/** Size and correlation id; this answer's header never has tagged fields, in no version. */
const HEADER_BYTES = 8;
const FLEXIBLE = 3;
/** An api key, its lowest and its highest version. */
const ENTRY_BYTES = 6;
const MAX_AT = 4;

/**
 * The same answer with lower highest versions where {@link HIGHEST} has one. Layout: Apache Kafka's
 * ApiVersionsResponse.json.
 * @param frame whole, its size included
 */
export function withoutHints(frame: Buffer, version: number): Buffer {
  const copy = Buffer.from(frame);
  let at = HEADER_BYTES + 2;
  // A broker that does not know the version answers in version 0, with an error and what it does know.
  const isFlexible = version >= FLEXIBLE && copy.readInt16BE(HEADER_BYTES) === 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = copy.readUInt8(at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  let count: number;
  if (isFlexible) count = varint() - 1;
  else {
    count = copy.readInt32BE(at);
    at += 4;
  }
  for (; count > 0; count--) {
    const highest = HIGHEST[copy.readInt16BE(at)];
    if (highest !== undefined && copy.readInt16BE(at + MAX_AT) > highest)
      copy.writeInt16BE(highest, at + MAX_AT);
    at += ENTRY_BYTES;
    if (!isFlexible) continue;
    for (let tags = varint(); tags > 0; tags--) {
      varint();
      const size = varint();
      at += size;
    }
  }
  return copy;
}
