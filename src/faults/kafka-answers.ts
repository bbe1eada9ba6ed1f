import type { Address } from "./address.ts";

/**
 * The answers in which a Kafka broker says where brokers are. Layouts: Apache Kafka's message definitions,
 * MetadataResponse.json and FindCoordinatorResponse.json. From the "flexible" versions on, strings and arrays
 * are compact (an unsigned varint of length + 1) and every structure ends with tagged fields (KIP-482).
 */
const METADATA = 3;
const FIND_COORDINATOR = 10;
const FLEXIBLE: Readonly<Record<number, number>> = { [METADATA]: 9, [FIND_COORDINATOR]: 3 };

/** Size, then correlation id. */
const HEADER_BYTES = 8;

export function namesBrokers(api: number): boolean {
  return api in FLEXIBLE;
}

/** An answer with other addresses in it, or the addresses for which there is none yet. */
export type Readdressed = { readonly frame: Buffer } | { readonly missing: readonly Address[] };

/** @param frame whole, its size included */
export function readdress(
  frame: Buffer,
  api: number,
  version: number,
  addressFor: (broker: Address) => Address | undefined,
): Readdressed {
  const isFlexible = version >= FLEXIBLE[api]!;
  const copy = new Copier(frame, isFlexible, addressFor);
  copy.raw(HEADER_BYTES);
  if (isFlexible) copy.tags();
  if (api === METADATA) metadata(copy, version);
  else findCoordinator(copy, version);
  return copy.finish();
}

function metadata(copy: Copier, version: number): void {
  // throttle_time_ms
  if (version >= 3) copy.raw(4);
  copy.array(() => {
    copy.raw(4); // node_id
    copy.address();
    if (version >= 1) copy.string(); // rack
    copy.tagsIfFlexible();
  });
}

function findCoordinator(copy: Copier, version: number): void {
  if (version >= 1) copy.raw(4); // throttle_time_ms
  if (version >= 4) {
    copy.array(() => {
      copy.string(); // key
      copy.raw(4); // node_id
      copy.address();
      copy.raw(2); // error_code
      copy.string(); // error_message
      copy.tags();
    });
    return;
  }
  copy.raw(2); // error_code
  if (version >= 1) copy.string(); // error_message
  copy.raw(4); // node_id
  copy.address();
}

/** Reads along a frame and writes the same with other addresses. */
class Copier {
  readonly #frame: Buffer;
  readonly #isFlexible: boolean;
  readonly #addressFor: (broker: Address) => Address | undefined;
  readonly #out: Buffer[] = [];
  readonly #missing: Address[] = [];
  #at = 0;
  /** From here on it was not written yet. */
  #from = 0;

  constructor(frame: Buffer, isFlexible: boolean, addressFor: (broker: Address) => Address | undefined) {
    this.#frame = frame;
    this.#isFlexible = isFlexible;
    this.#addressFor = addressFor;
  }

  raw(bytes: number): void {
    this.#at += bytes;
  }

  string(): string {
    let length: number;
    if (this.#isFlexible) length = this.#varint() - 1;
    else {
      length = this.#frame.readInt16BE(this.#at);
      this.#at += 2;
    }
    // -1 (compact: 0): null.
    const text = this.#frame.toString("utf8", this.#at, this.#at + Math.max(0, length));
    this.#at += Math.max(0, length);
    return text;
  }

  /** A host and its port. */
  address(): void {
    const from = this.#at;
    const host = this.string();
    const port = this.#frame.readInt32BE(this.#at);
    this.#at += 4;
    // No coordinator: an empty host, port -1.
    if (host === "" || port < 0) return;
    const other = this.#addressFor({ host, port });
    if (other === undefined) {
      this.#missing.push({ host, port });
      return;
    }
    this.#out.push(this.#frame.subarray(this.#from, from), this.#written(other));
    this.#from = this.#at;
  }

  array(each: () => void): void {
    let count: number;
    if (this.#isFlexible) count = this.#varint() - 1;
    else {
      count = this.#frame.readInt32BE(this.#at);
      this.#at += 4;
    }
    for (let i = 0; i < count; i++) each();
  }

  tagsIfFlexible(): void {
    if (this.#isFlexible) this.tags();
  }

  tags(): void {
    const count = this.#varint();
    for (let i = 0; i < count; i++) {
      this.#varint();
      this.raw(this.#varint());
    }
  }

  finish(): Readdressed {
    if (this.#missing.length > 0) return { missing: this.#missing };
    this.#out.push(this.#frame.subarray(this.#from));
    const frame = Buffer.concat(this.#out);
    frame.writeInt32BE(frame.length - 4, 0);
    return { frame };
  }

  #written({ host, port }: Address): Buffer {
    const text = Buffer.from(host);
    const length = this.#isFlexible ? Buffer.from([text.length + 1]) : Buffer.from([0, text.length]);
    const number = Buffer.alloc(4);
    number.writeInt32BE(port);
    return Buffer.concat([length, text, number]);
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#frame.readUInt8(this.#at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}
