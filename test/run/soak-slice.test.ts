import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const SOAK = fileURLToPath(new URL("../../bench/soak/main.ts", import.meta.url));
const MINUTES = 1.5;

/** Another part of the soak each time; the controls among its cells show that it finds what is wrong. */
it("a part of the soak has no wrong verdict", { timeout: MINUTES * 2 * 60_000, retry: 0 }, async () => {
  const args = ["--minutes", String(MINUTES), "--rounds", "1", "--injections", "3"];
  const seed = String(randomInt(1_000_000));
  const told = await new Promise<{ readonly code: unknown; readonly text: string }>((resolve) => {
    execFile(process.execPath, [SOAK, ...args, "--seed", seed], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, text: `${stderr}${stdout}` }),
    );
  });
  const again = `npm run soak -- ${args.join(" ")} --seed ${seed}\n${told.text}`;
  expect(told.code, again).toBe(0);
  const runs = Number(/^(\d+) runs, seed/m.exec(told.text)?.[1]);
  expect(runs, again).toBeGreaterThan(2);
});
