import { crc32 } from "node:zlib";

/**
 * The partition of a key as librdkafka computes it unless told otherwise (`consistent_random`: CRC-32 of the key,
 * modulo the number of partitions; rd_kafka_msg_partitioner_consistent).
 */
export function crc32PartitionOf(key: Uint8Array, partitions: number): number {
  return crc32(key) % partitions;
}
