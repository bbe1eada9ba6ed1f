import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FloorResult } from "../model/harness.ts";
import { writeAtomically } from "./atomic.ts";

/** What the harness reaches alone, kept between commands: one small file for each machine and plan shape. */
export type StoredFloor = Omit<FloorResult, "cached">;

/** @returns undefined when there is none, or none that can be read */
export async function readFloor(cacheDir: string, key: string): Promise<StoredFloor | undefined> {
  try {
    const value = JSON.parse(await readFile(fileOf(cacheDir, key), "utf8")) as StoredFloor;
    return isFloor(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A cache that cannot be written costs only the next command's time: never throws. */
export async function writeFloor(cacheDir: string, key: string, floor: StoredFloor): Promise<void> {
  try {
    await mkdir(join(cacheDir, FOLDER), { recursive: true });
    await writeAtomically(fileOf(cacheDir, key), `${JSON.stringify(floor, null, 2)}\n`);
  } catch {}
}

const FOLDER = "floors";

function fileOf(cacheDir: string, key: string): string {
  return join(cacheDir, FOLDER, `${key}.json`);
}

function isFloor(value: StoredFloor | null): value is StoredFloor {
  const ceiling = value?.ceiling;
  return (
    typeof value?.measuredAt === "string" &&
    [ceiling?.sent, ceiling?.publish, ceiling?.consume].every((n) => typeof n === "number" && n >= 0)
  );
}
