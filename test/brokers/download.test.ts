import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Download, fetchAll } from "../../src/brokers/download.ts";
import { temporaryDir, testWork } from "./support.ts";

const CONTENT = Buffer.from("the right bytes");

function aDownload(): Download {
  const sha256 = createHash("sha256").update(CONTENT).digest("hex");
  const url = async (): Promise<string> => "http://files.test/a.jar";
  return { name: "a.jar", path: join(temporaryDir(), "a.jar"), sizeBytes: CONTENT.length, sha256, url };
}

/** Answers each request with the next of these; a function may throw. */
function answering(...answers: (() => Response)[]): { fetch: typeof fetch; asked: () => number } {
  let asked = 0;
  return { fetch: async () => answers[asked++]!(), asked: () => asked };
}

const good = (): Response => new Response(CONTENT);

const CASES = [
  { name: "a missing file is fetched", before: undefined, answers: [good], asked: 1 },
  { name: "an intact file is not fetched again", before: CONTENT, answers: [], asked: 0 },
  { name: "a corrupt file is fetched again", before: "the wrong bytes", answers: [good], asked: 1 },
  { name: "a cut file is fetched again", before: "the right", answers: [good], asked: 1 },
  {
    name: "a wrong answer is tried again",
    before: undefined,
    answers: [() => new Response("nonsense"), () => new Response("", { status: 503 }), good],
    asked: 3,
  },
  {
    name: "an answer that breaks off is tried again",
    before: undefined,
    answers: [() => new Response(new ReadableStream({ start: (c) => c.error(new Error("reset")) })), good],
    asked: 2,
  },
];

test.each(CASES)("$name", async ({ before, answers, asked }) => {
  const download = aDownload();
  if (before !== undefined) writeFileSync(download.path, before);
  const server = answering(...answers);
  await fetchAll([download], testWork({ fetch: server.fetch }));
  expect(readFileSync(download.path)).toEqual(CONTENT);
  expect(server.asked()).toBe(asked);
});

test("without a network the error says why and what to do, and leaves nothing behind", async () => {
  const download = aDownload();
  const offline = async (): Promise<never> => {
    throw new TypeError("fetch failed", { cause: new Error("getaddrinfo ENOTFOUND files.test") });
  };
  await expect(fetchAll([download], testWork({ fetch: offline }))).rejects.toMatchObject({
    name: "BrokerError",
    code: "DOWNLOAD_FAILED",
    message: "downloading a.jar failed: fetch failed: getaddrinfo ENOTFOUND files.test",
    hints: [expect.stringContaining("network"), expect.stringContaining("--url")],
  });
  expect([existsSync(download.path), existsSync(`${download.path}.part`)]).toEqual([false, false]);
});

test("a full disk is named as such", async () => {
  const full = async (): Promise<never> => {
    throw Object.assign(new Error("write"), { code: "ENOSPC" });
  };
  const failing = fetchAll([aDownload()], testWork({ fetch: full }));
  await expect(failing).rejects.toMatchObject({ name: "BrokerError", code: "DISK_FULL" });
});
