import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const src = fileURLToPath(new URL("../../src", import.meta.url));
/** What compares with the name of a system or client: a difference between them is a declared capability. */
const COMPARES = /(?:[!=]==?\s*|case\s+)["'](?:kafka|rabbitmq|memory|kafkajs|amqplib)["']/;
/** Rooms that are one system's own, and the one place that knows all names. */
const MAY = /^(drivers|brokers)\//;

describe("names of systems", () => {
  it("are compared nowhere outside drivers and brokers", () => {
    const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
      (f) => f.endsWith(".ts") && !MAY.test(f),
    );
    expect(files.length).toBeGreaterThan(80);
    expect(files.filter((file) => COMPARES.test(readFileSync(join(src, file), "utf8")))).toEqual([]);
  });

  it.each(['if (target.system === "kafka")', "case 'rabbitmq':", 'x.client !== "kafkajs"'])(
    "would be found in: %s",
    (line) => {
      expect(COMPARES.test(line)).toBe(true);
    },
  );
});
