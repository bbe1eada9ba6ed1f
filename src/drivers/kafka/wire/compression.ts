import * as zlib from "node:zlib";
import { lz4Compress, snappyCompress } from "@platformatic/wasm-utils";
import { UserError } from "../../../model/errors.ts";
import type { Compression } from "../settings.ts";
import { inflateLz4 } from "./compression-lz4.ts";
import { inflateXerial, xerial } from "./compression-snappy.ts";
import { corrupt } from "./record-error.ts";

/** The lowest three bits of a batch's attributes. */
export const COMPRESSION_IDS = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

/** As much as a batch may become; a broker takes 1 MiB by default, and compresses 100 : 1 at the very best. */
const INFLATED_LIMIT_BYTES = 128 * 1024 ** 2;

/**
 * The records of a batch as Java's clients write them: gzip, xerial's framing of snappy, LZ4 frames, zstd.
 * @throws UserError `UNSUPPORTED` for zstd where Node lacks it
 */
export function compress(compression: Compression, bytes: Buffer): Uint8Array {
  switch (compression) {
    case "none":
      return bytes;
    case "gzip":
      return zlib.gzipSync(bytes);
    case "snappy":
      return xerial(bytes, snappyCompress);
    case "lz4":
      return lz4Compress(bytes);
    case "zstd":
      return zstd().zstdCompressSync(bytes);
  }
}

/**
 * Undoes it, whoever wrote it.
 * @param id the lowest three bits of the attributes
 * @throws BrokerError `CORRUPT_MESSAGE`, also when the result would be larger than `limitBytes`
 * @throws UserError `UNSUPPORTED` for zstd where Node lacks it
 */
export function inflate(id: number, bytes: Buffer, limitBytes: number = INFLATED_LIMIT_BYTES): Buffer {
  switch (id) {
    case COMPRESSION_IDS.gzip:
      return inZlib("gzip", () => zlib.gunzipSync(bytes, { maxOutputLength: limitBytes }));
    case COMPRESSION_IDS.snappy:
      return inflateXerial(bytes, limitBytes);
    case COMPRESSION_IDS.lz4:
      return inflateLz4(bytes, limitBytes);
    case COMPRESSION_IDS.zstd: {
      const { zstdDecompressSync } = zstd();
      return inZlib("zstd", () => zstdDecompressSync(bytes, { maxOutputLength: limitBytes }));
    }
    default:
      throw corrupt(`compression ${id} does not exist`);
  }
}

function inZlib(name: string, work: () => Buffer): Buffer {
  try {
    return work();
  } catch (cause) {
    throw corrupt(`the ${name} data cannot be read`, cause);
  }
}

/** Node has zstd from 22.15 and 23.8 on. */
function zstd(): Pick<typeof zlib, "zstdCompressSync" | "zstdDecompressSync"> {
  if (typeof zlib.zstdCompressSync !== "function")
    throw new UserError(`Node ${process.version} has no zstd`, {
      code: "UNSUPPORTED",
      hints: ["Use Node 22.15 or newer, or another compression."],
    });
  return zlib;
}
