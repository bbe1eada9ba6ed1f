/** Copies the data that src/ reads at run time to where tsc put the code: tsc leaves YAML behind. */
import { cpSync, globSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const src = fileURLToPath(new URL("../src", import.meta.url));
const target = resolve(process.argv[2] ?? fileURLToPath(new URL("../dist", import.meta.url)));
for (const file of globSync("**/*.yaml", { cwd: src })) cpSync(`${src}/${file}`, `${target}/${file}`);
