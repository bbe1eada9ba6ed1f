/** Puts the screens of `mqbench advise` as they are today into docs/advisor.md: types into a real terminal (tmux). */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { strayMarks, walkNewsletter, withPictures } from "../test/support/advise-walk.ts";
import { openTerminal } from "../test/support/terminal.ts";

const file = fileURLToPath(new URL("../docs/advisor.md", import.meta.url));
const bin = fileURLToPath(new URL("../bin/run.js", import.meta.url));
const cwd = mkdtempSync(join(tmpdir(), "mqbench-screens-"));
const [columns = 80, rows = 24] = process.argv.slice(2).map(Number);

const terminal = await openTerminal({ cwd, columns, rows, command: `'${process.execPath}' '${bin}' advise` });
try {
  const pictures = await walkNewsletter(terminal);
  if (process.argv.length > 2) for (const { name, text } of pictures) console.log(`--- ${name}\n${text}`);
  else {
    const document = readFileSync(file, "utf8");
    const stray = strayMarks(document, pictures);
    if (stray.length > 0)
      throw new Error(`docs/advisor.md shows screens that there are not: ${stray.join(", ")}`);
    writeFileSync(file, withPictures(document, pictures));
  }
} finally {
  await terminal.close();
  rmSync(cwd, { recursive: true, force: true });
}
