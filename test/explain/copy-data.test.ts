import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/run.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

it("scripts/copy-data.ts brings the data of src to where the code is built, and nothing else", () => {
  const target = temporaryFolder();
  execFileSync(process.execPath, [join(root, "scripts/copy-data.ts"), target]);
  const copied = readdirSync(target, { recursive: true, encoding: "utf8" }).filter((f) => f.includes("."));
  expect(copied).toContain("explain/terms.yaml");
  expect(copied.filter((path) => !path.endsWith(".yaml"))).toEqual([]);
  const text = (path: string): string => readFileSync(path, "utf8");
  expect(text(join(target, "explain/terms.yaml"))).toBe(text(join(root, "src/explain/terms.yaml")));
});
