import { createAPI, type Reader, ResponseError, Writer } from "@platformatic/kafka";

const ELECT_LEADERS = 43;
const VERSION = 2;
const PREFERRED = 0;
/** The leader is the preferred one already: nothing to do, and no error. */
const ELECTION_NOT_NEEDED = 84;

type Elected = { readonly partition: number; readonly code: number; readonly message: string | null };

/**
 * ElectLeaders in version 2, which the client library lacks: each of the partitions gets the first of its replicas
 * for a leader. Layout: https://kafka.apache.org/protocol#The_Messages_ElectLeaders
 */
export const electPreferred = createAPI<
  [timeoutMs: number, topic: string, partitions: readonly number[]],
  readonly Elected[]
>(
  ELECT_LEADERS,
  VERSION,
  (timeoutMs: number, topic: string, partitions: readonly number[]) =>
    Writer.create()
      .appendInt8(PREFERRED)
      .appendArray([topic], (w, name) => {
        w.appendString(name).appendArray([...partitions], (v, p) => v.appendInt32(p), true, false);
      })
      .appendInt32(timeoutMs)
      .appendTaggedFields(),
  (_correlationId: number, apiKey: number, apiVersion: number, reader: Reader) => {
    reader.readInt32(); // throttle
    const errors: [string, [number, string | null]][] = [];
    const code = reader.readInt16();
    if (code !== 0) errors.push(["", [code, null]]);
    const elected = reader
      .readArray((r) => {
        r.readString();
        return r.readArray((p) => ({
          partition: p.readInt32(),
          code: p.readInt16(),
          message: p.readNullableString(),
        }));
      })
      .flat();
    reader.readTaggedFields();
    for (const one of elected)
      if (one.code !== 0 && one.code !== ELECTION_NOT_NEEDED)
        errors.push([`partition ${one.partition}`, [one.code, one.message]]);
    if (errors.length > 0) throw new ResponseError(apiKey, apiVersion, Object.fromEntries(errors), elected);
    return elected;
  },
);
