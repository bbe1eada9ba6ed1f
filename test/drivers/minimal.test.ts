import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { client, factory, mode, system } from "../fixtures/minimal-driver.ts";
import { driverContract } from "./contract.ts";

driverContract({
  name: `${system}:${mode}@${client} of docs/adding-a-driver.md`,
  make: () => factory({ url: "", mode, options: {} }),
});

test("docs/adding-a-driver.md shows the driver that passes", () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
  const blocks = [...read("../../docs/adding-a-driver.md").matchAll(/```ts\n([\s\S]*?)```/g)].map(
    (m) => m[1],
  );
  expect(blocks).toContain(read("../fixtures/minimal-driver.ts"));
});
