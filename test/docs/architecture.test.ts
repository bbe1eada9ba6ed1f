import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readText, root, tableRows, unexplained } from "./markdown.ts";

interface Override {
  readonly includes: readonly string[];
  readonly linter: {
    readonly rules: {
      readonly style?: {
        readonly noRestrictedImports?: {
          readonly options: { readonly patterns: readonly { readonly group: readonly string[] }[] };
        };
      };
    };
  };
}

const doc = readText("docs/architecture.md");
const { overrides } = JSON.parse(readText("biome.json")) as { overrides: readonly Override[] };

/** [room, what biome.json lets it import; undefined where it only forbids] */
const ROOMS = overrides.flatMap(({ includes, linter }) =>
  includes
    .filter((glob) => /^src\/\w/.test(glob))
    .map((glob) => {
      const groups = linter.rules.style?.noRestrictedImports?.options.patterns.map((p) => p.group) ?? [];
      const allowing = groups.find((group) => group[0] === "**/*");
      const room = glob.replace(/\/\*.*$/, "");
      return [room, allowing && allowedNames(allowing, room)] as const;
    }),
);

/** `!../../model/**` → `model`, as the document writes it; `!../*.ts` is the folder around the room. */
function allowedNames(group: readonly string[], room: string): readonly string[] {
  const around = room.replace(/^src\//, "").replace(/\/[^/]+$/, "");
  const names = group
    .filter((g) => g.startsWith("!") && g !== "!./**")
    .map((g) => g.slice(1).replace(/^(\.\.\/)+/, ""))
    .map((g) => (g === "*.ts" ? around : g === "driver.ts" ? "drivers/driver.ts" : g))
    .map((g) => g.replace(/\/\*\*$/, ""));
  return [...new Set(names)].sort();
}

function namesInCell(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((m) => m[1]!).sort();
}

function folders(path: string): readonly string[] {
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter((e) => e.isDirectory())
    .flatMap((e) => [`${path}/${e.name}`, ...folders(`${path}/${e.name}`)]);
}

describe("docs/architecture.md", () => {
  it("explains every folder of src", () => {
    expect(unexplained(folders("src"), doc)).toEqual([]);
    expect(unexplained(["src/attic"], doc)).toEqual(["src/attic"]);
  });

  it("explains every room that biome.json has a rule for", () => {
    expect(ROOMS.length).toBeGreaterThan(10);
    expect(
      unexplained(
        ROOMS.map(([room]) => room),
        doc,
      ),
    ).toEqual([]);
  });

  it.each(ROOMS.filter(([, allowed]) => allowed !== undefined))(
    "says what biome.json lets %s import",
    (room, allowed) => {
      const cell = tableRows(doc).get(room)?.at(-1) ?? "";
      expect(namesInCell(cell)).toEqual(allowed);
    },
  );

  it("explains its words", () => {
    const words = "system mode client driver target profile plan run series agent conductor lane envelope";
    expect(unexplained([...words.split(" "), "ledger", "verdict", "finding"], doc)).toEqual([]);
  });
});

describe("the reading of biome.json", () => {
  it("takes a room's allowed imports as the document writes them", () => {
    const group = [
      "**/*",
      "!./**",
      "!../driver.ts",
      "!../../model/**",
      "!kafkajs",
      "!kafkajs/**",
      "!../*.ts",
    ];
    expect(allowedNames(group, "src/brokers/kafka")).toEqual([
      "brokers",
      "drivers/driver.ts",
      "kafkajs",
      "model",
    ]);
  });
});
