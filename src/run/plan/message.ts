import {
  type KeyPlan,
  largestBytes,
  type MessagePlan,
  type SizePlan,
  smallestBytes,
} from "../../model/plan.ts";
import type { Reader } from "./reader.ts";

/** Bytes that a message needs for mqbench's own stamp. */
export interface EnvelopeBytes {
  readonly plain: number;
  readonly keyed: number;
}

export function buildMessage(read: Reader, envelope: EnvelopeBytes): MessagePlan {
  const keys = buildKeys(read);
  const size = buildSize(read);
  const least = keys.kind === "none" ? envelope.plain : envelope.keyed;
  const key = read.has("message.size.min") ? "message.size.min" : "message.size";
  if (smallestBytes(size) < least)
    read.report(
      key,
      `${key}: ${smallestBytes(size)}B is too small for the ${least}B by which each message is verified`,
      `Use at least ${least}B${keys.kind === "none" ? "" : ` (${envelope.plain}B without keys)`}.`,
    );
  // Buffers of half a gigabyte per message would end the harness before the broker.
  if (largestBytes(size) > MAX_BYTES) read.report(key, `${key}: more than 512MiB in one message`);
  const urgent = read.has("message.urgent") ? read.share("message.urgent") : 0;
  const compressible = read.share("message.compressible");
  return { size, keys, compressible, ...(urgent > 0 ? { urgent } : {}) };
}

/** Dotted keys of `message.keys` without a meaning under its distribution. */
export function unusedKeyKeys(read: Reader): readonly string[] {
  return read.has("message.keys.count") && read.raw("message.keys.distribution") !== "zipf"
    ? ["message.keys.exponent"]
    : [];
}

const MAX_BYTES = 512 * 1024 ** 2;

function buildSize(read: Reader): SizePlan {
  if (read.has("message.size.min") || read.has("message.size.max")) return buildRange(read);
  const raw = read.raw<unknown>("message.size");
  if (!Array.isArray(raw)) return { kind: "fixed", bytes: read.sizeBytes(raw, "message.size") };
  const choices = (raw as readonly { size: unknown; weight?: number }[]).map((choice) => ({
    bytes: read.sizeBytes(choice.size, "message.size"),
    weight: choice.weight ?? 1,
  }));
  return { kind: "weighted", choices };
}

function buildRange(read: Reader): SizePlan {
  const end = (key: string): number => (read.has(key) ? read.sizeBytes(read.raw(key), key) : Number.NaN);
  const minBytes = end("message.size.min");
  const maxBytes = end("message.size.max");
  if (minBytes > maxBytes)
    read.report("message.size.min", `message.size.min: ${minBytes}B is more than max, ${maxBytes}B`);
  return { kind: "range", minBytes, maxBytes };
}

function buildKeys(read: Reader): KeyPlan {
  if (read.raw("message.keys") === "none" || !read.has("message.keys.count")) return { kind: "none" };
  const count = read.count("message.keys.count");
  // The envelope numbers keys with 32 bits.
  if (count > 2 ** 32 - 1) read.report("message.keys.count", "message.keys.count: more than 2^32 - 1 keys");
  const kind = read.raw<"round-robin" | "uniform" | "zipf">("message.keys.distribution");
  const named = read.has("message.keys.partitioner")
    ? read.raw<"murmur2" | "crc32" | "mixed">("message.keys.partitioner")
    : "murmur2";
  const partitioner = named === "murmur2" ? {} : { partitioner: named };
  if (kind === "zipf")
    return { kind, count, exponent: read.raw<number>("message.keys.exponent"), ...partitioner };
  const exponent = read.setting("message.keys.exponent");
  if (exponent && exponent.level > 0 && exponent.level >= read.setting("message.keys.distribution")!.level)
    read.report("message.keys.exponent", `message.keys.exponent has no effect with distribution ${kind}`);
  return { kind, count, ...partitioner };
}
