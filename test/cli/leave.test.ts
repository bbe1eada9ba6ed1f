import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const base = fileURLToPath(new URL("../../src/cli/base.ts", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

/** A command that prints `bytes` and ends as `how` says, in a process whose stdout is read late. */
async function printed(
  bytes: number,
  how: "leave" | "exit",
): Promise<{ length: number; code: number | null }> {
  const script = `
    const { BaseCommand } = await import(${JSON.stringify(base)});
    class Long extends BaseCommand {
      async run() {
        this.out("x".repeat(${bytes}));
        ${how === "leave" ? "await this.leave(3)" : "this.exit(3)"};
      }
    }
    await Long.run([], ${JSON.stringify(root)}).catch((error) => process.exit(error.oclif.exit));
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let length = 0;
  setTimeout(() => child.stdout.on("data", (chunk: Buffer) => (length += chunk.length)), 300);
  return { code: await ended, length };
}

it("a long document on stdout is whole when the command ends with an exit code", async () => {
  const bytes = 2_000_000;
  expect(await printed(bytes, "leave")).toEqual({ code: 3, length: bytes + 1 });
  // The control: without waiting, it is cut short.
  expect((await printed(bytes, "exit")).length).toBeLessThan(bytes);
}, 30_000);
