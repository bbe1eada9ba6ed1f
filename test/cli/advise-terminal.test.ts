import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { readText } from "../docs/markdown.ts";
import { answerRest, strayMarks, walkNewsletter, withPictures } from "../support/advise-walk.ts";
import { openTerminal, type Terminal, type TerminalOptions } from "../support/terminal.ts";

const bin = fileURLToPath(new URL("../../bin/run.js", import.meta.url));
/** Against hanging: every step starts or waits for a process, beside the tests of brokers. */
const BOUND_MS = 180_000;
const folders: string[] = [];

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "mqbench-advise-"));
  folders.push(dir);
  return dir;
}

afterAll(() => {
  for (const dir of folders) rmSync(dir, { recursive: true, force: true });
});

/** `mqbench advise` in a terminal of its own, which is closed whatever becomes of the test. */
async function inTerminal(
  flags: string,
  use: (terminal: Terminal, cwd: string) => Promise<void>,
  options: Partial<TerminalOptions> = {},
): Promise<void> {
  const cwd = folder();
  const terminal = await openTerminal({
    cwd,
    command: `'${process.execPath}' '${bin}' advise ${flags}`,
    ...options,
  });
  try {
    await use(terminal, cwd);
  } finally {
    await terminal.close();
  }
}

describe("mqbench advise on a terminal", { timeout: BOUND_MS }, () => {
  it.concurrent("walks the first quiz to Kafka in 8 screens at most", async () => {
    await inTerminal("", async (terminal) => {
      await terminal.shows("What does one message mean?");
      await terminal.press("2");
      expect(await terminal.shows("What must it have?")).toMatch(/^> \[ \] {2}What was already consumed/m);
      await terminal.press("Space", "Down", "2");
      await terminal.shows(/\[x\] {2}Messages stay for long[^\n]* hours to weeks/);
      await terminal.press(...Array<string>(5).fill("Down"), "Space");
      expect(await terminal.shows(/\[x\] {2}Messages keep an order/)).toMatch(/^Leaning to KAFKA/m);
      await terminal.press("Enter");
      await terminal.shows("What is around it?");
      await terminal.press("Enter");
      await terminal.shows("screen 4");
      const asked = await answerRest(terminal, {
        "How many independent applications": "3",
        "How many messages a second": "2",
      });
      expect(4 + asked).toBeLessThanOrEqual(8);
      expect(await terminal.shows("Check your answers")).toMatch(/\d+ not asked: .* could change it\./);
      await terminal.press("Enter");
      expect(await terminal.exitCode()).toBe(0);
      const all = await terminal.all();
      expect(all).toMatch(/^KAFKA {2}a Kafka topic/m);
      expect(all).toMatch(
        /The same as a command:\n {2}mqbench advise --kind event --replay must --keep days/,
      );
    });
  });

  it.concurrent("walks the second quiz to RabbitMQ in 8 screens at most, saves the answers, and is as docs/advisor.md shows it", async () => {
    await inTerminal("", async (terminal, cwd) => {
      const pictures = await walkNewsletter(terminal);
      const { text: check } = pictures.find((p) => p.name === "check")!;
      expect(Number(/screen (\d+)/.exec(check)![1])).toBeLessThanOrEqual(8);
      const all = await terminal.all();
      expect(all).toMatch(/^RABBITMQ {2}a RabbitMQ quorum queue/m);
      expect(all).toMatch(/x-max-priority works on classic queues only/);
      expect(readdirSync(cwd)).toEqual(["mqbench-answers.yaml"]);
      expect(readFileSync(join(cwd, "mqbench-answers.yaml"), "utf8")).toMatch(/^priority: "must"$/m);
      const document = readText("docs/advisor.md");
      expect(strayMarks(document, pictures)).toEqual([]);
      // Else: node scripts/capture-screens.ts
      expect(document).toBe(withPictures(document, pictures));
      expect(document).not.toBe(withPictures(document, [{ name: "check", text: "another screen" }]));
    });
  });

  it.concurrent("goes back, says why it asks, and hides where it leans to", async () => {
    await inTerminal("--kind task --ask", async (terminal) => {
      await terminal.shows("What must it have?");
      await terminal.press("Down", "Down", "Down", "?");
      const why = await terminal.shows("Why this is asked");
      expect(why).toMatch(/yes → rules out Kafka/);
      expect(why).toMatch(/Only RabbitMQ's queues let an urgent message overtake/);
      await terminal.press("?", "Space", "Enter");
      await terminal.shows("What is around it?");
      await terminal.press("l");
      expect(await terminal.shows("Leaning: hidden")).not.toMatch(/RABBITMQ/);
      await terminal.press("Left");
      expect(await terminal.shows("What must it have?")).toMatch(/\[x\] {2}An urgent message/);
      await terminal.press("C-c");
      expect(await terminal.exitCode()).toBe(130);
    });
  });

  it.concurrent("Ctrl-C saves what was said, and the command that it prints goes on with it", async () => {
    await inTerminal("--quick", async (terminal, cwd) => {
      await terminal.shows("What does one message mean?");
      await terminal.press("0");
      await terminal.shows("What must it have?");
      await terminal.press("Space");
      await terminal.shows("[x]");
      await terminal.press("C-c");
      expect(await terminal.exitCode()).toBe(130);
      const [, command] = /^ {2}mqbench advise (--answers .*)$/m.exec(await terminal.all())!;
      expect(readFileSync(join(cwd, "mqbench-answers.yaml"), "utf8")).toMatch(/^replay: "must"$/m);
      await inTerminal(
        command!,
        async (again) => {
          await again.shows("What does one message mean?");
          await again.press("2");
          expect(await again.shows("What must it have?")).not.toMatch(/What was already consumed/);
          expect(await again.screen()).toMatch(/^Leaning to KAFKA/m);
        },
        { cwd },
      );
    });
  });

  it.concurrent("shows no colour where NO_COLOR says so, and colour where it does not", async () => {
    for (const [env, wanted] of [
      [{ NO_COLOR: "1", CI: "" }, false],
      [{ NO_COLOR: "", CI: "true" }, true],
    ] as const)
      await inTerminal(
        "",
        async (terminal) => {
          await terminal.shows("What does one message mean?");
          await terminal.press("Down");
          await terminal.shows(/^> 1/m);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: what a colour is
          expect(/\u001b\[[\d;]*m/.test(await terminal.all(true))).toBe(wanted);
        },
        { env },
      );
  });

  it.concurrent("asks by lines where the terminal is too small", async () => {
    await inTerminal(
      "",
      async (terminal) => {
        await terminal.shows("Type a number.");
        expect(await terminal.all()).toMatch(/This terminal is 60×20/);
        await terminal.press("5", "Enter", "Enter");
        expect(await terminal.exitCode()).toBe(0);
        expect(await terminal.all()).toMatch(/^NO BROKER/m);
      },
      { columns: 60, rows: 20 },
    );
  });
});

describe("mqbench advise --accessible", { timeout: BOUND_MS }, () => {
  async function answer(lines: readonly string[], flags: readonly string[] = []) {
    const cwd = folder();
    const child = spawn(process.execPath, [bin, "advise", "--accessible", ...flags], { cwd });
    child.stdin.end(lines.map((line) => `${line}\n`).join(""));
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { stdout, stderr, code, files: readdirSync(cwd) };
  }

  it.concurrent("asks from a pipe by numbered lines, and redraws nothing", async () => {
    const { stdout, code, files } = await answer(["1", "4", "must", "v", ""]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}1\. "do this": one worker does it, then it is over$/m);
    expect(stdout).toMatch(/^RABBITMQ {2}a RabbitMQ/m);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: no escape sequence
    expect(stdout).not.toMatch(/\u001b/);
    expect(files).toEqual([]);
  });

  it.concurrent("with another answer says something else", async () => {
    expect((await answer(["1", "1", "must", "v", ""])).stdout).toMatch(/^KAFKA {2}/m);
  });

  it.concurrent("saves the answers where the input ends too early, and says how to go on", async () => {
    const { stdout, stderr, code, files } = await answer(["1", "4", "?"]);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^Why this is asked/m);
    expect(stderr).toMatch(/mqbench advise --answers mqbench-answers\.yaml --ask/);
    expect(files).toEqual(["mqbench-answers.yaml"]);
  });

  it.concurrent("says that something is no answer", async () => {
    const { stdout, code } = await answer(["tsak", "5", ""]);
    expect([code, stdout]).toEqual([0, expect.stringContaining('"tsak" is no answer here.')]);
  });
});
