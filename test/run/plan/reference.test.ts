import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runArgs, runFlags } from "../../../src/cli/run-flags.ts";
import { SETTING_FLAGS } from "../../../src/run/plan/flags.ts";
import type { ProfileSchema } from "../../../src/run/plan/schema.ts";
import { DEFAULT_PROFILE, readProfileSchema } from "../../../src/store/profiles.ts";

const reference = readFileSync(new URL("../../../docs/profiles.md", import.meta.url), "utf8");
const schema = readProfileSchema() as ProfileSchema;

/** Every key that holds a value, dotted, with its schema. */
function keysOf(
  node: ProfileSchema,
  at: readonly string[] = [],
): readonly (readonly [string, ProfileSchema])[] {
  return Object.entries((node.properties ?? {}) as Record<string, ProfileSchema>).flatMap(([name, child]) => {
    const path = [...at, name];
    const below = keysOf(child, path);
    const isValue = below.length === 0 || "default" in child;
    return isValue ? [[path.join("."), child] as const, ...below] : below;
  });
}

describe("docs/profiles.md", () => {
  it.each(keysOf(schema))("has %s with its default and meaning", (key, child) => {
    const row = reference.split("\n").find((line) => line.startsWith(`| \`${key}\` |`));
    const text = typeof child.default === "object" ? JSON.stringify(child.default) : String(child.default);
    expect(row).toContain("default" in child ? ` | \`${text}\` | ` : " | – | ");
    expect(row).toContain(child.description);
  });

  it("has no key that there is not", () => {
    const documented = [...reference.matchAll(/^\| `([a-z][\w.]*)` \|.*\|.*\|.*\|$/gm)].map((m) => m[1]);
    expect(documented).toEqual(expect.arrayContaining(keysOf(schema).map(([key]) => key)));
    expect(new Set(documented)).toEqual(new Set(keysOf(schema).map(([key]) => key)));
  });

  it.each(Object.entries(SETTING_FLAGS))("has --%s with its variable and key", (flag, key) => {
    const variable = `MQBENCH_${flag.toUpperCase().replaceAll("-", "_")}`;
    expect(reference).toContain(`| \`--${flag}\` | \`${variable}\` | \`${key}\` |`);
  });
});

describe("the flags of mqbench run", () => {
  it("are all that set a key, and each sets one that there is", () => {
    const keys = keysOf(schema).map(([key]) => key);
    for (const [flag, key] of Object.entries(SETTING_FLAGS)) {
      expect(Object.keys(runFlags)).toContain(flag);
      expect(keys).toContain(key);
    }
  });

  it("name the default profile", async () => {
    expect(runArgs.profile.default).toBe(DEFAULT_PROFILE);
  });
});
