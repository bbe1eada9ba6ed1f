import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSheet } from "../../src/advisor/input/read-sheet.ts";
import { UserError } from "../../src/model/errors.ts";
import { base } from "./support.ts";

const read = (text: string) => readSheet(text, "answers.yaml", base.questions);

function messageOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return [(error as UserError).message, ...(error as UserError).hints].join("\n");
  }
  return "";
}

describe("an answers file", () => {
  it("is a map of questions and answers, with older and shorter names as well", () => {
    const { flows, global } = read(
      "kind: task\nprio: must\nfan: one\nguar: at-least-once\nops: small\nhave: rabbitmq",
    );
    expect([...flows[0]!.answers]).toEqual([
      ["kind", "task"],
      ["priority", "must"],
      ["readers", "one"],
      ["guarantee", "alo"],
    ]);
    expect([...global]).toEqual([
      ["ops", "small"],
      ["have", "rabbit"],
    ]);
  });

  it("may have several flows, and answers for all of them", () => {
    const sheet = read(
      "title: two\nglobal: { ops: small }\nflows:\n  - { name: a, kind: task }\n  - { kind: event, stage: tiny }",
    );
    expect(sheet.title).toBe("two");
    expect(sheet.flows.map((f) => [f.name, [...f.answers]])).toEqual([
      ["a", [["kind", "task"]]],
      [
        undefined,
        [
          ["kind", "event"],
          ["stage", "tiny"],
        ],
      ],
    ]);
  });

  it.each([
    ["replay: no", [["replay", "no"]]],
    ["changelog: true", [["changelog", "yes"]]],
    ["changelog: False", [["changelog", "no"]]],
    ["replay: unknown", []],
    ["replay: ?", undefined],
    ['replay: "?"', []],
    ["replay:", []],
    ["kind: Task", [["kind", "task"]]],
    ["rate: doesn't matter", [["rate", "neutral"]]],
    ["rest: neutral", []],
  ])("%s", (text, want) => {
    if (want === undefined) expect(messageOf(text)).toMatch(/answers\.yaml:1/);
    else expect([...read(text).flows[0]!.answers]).toEqual(want);
  });

  it.each([
    ["rabbitmq-version: 4.0", "4.0"],
    ["rabbitmq-version: 4.2.1", "4.0"],
    ["rabbitmq-version: 4.10", "4.3"],
    ["rabbitmq-version: 3.9", "3.13"],
    ["kafka-version: 4.1.0", "4.0"],
  ])("%s is the newest known one that is not newer", (text, want) => {
    expect([...read(text).global.values()]).toEqual([want]);
  });

  it.each<[string, string, RegExp]>([
    [
      "an unknown question",
      "kind: task\nreplya: must",
      /answers\.yaml:2:1: there is no question "replya", did you mean "replay"\?/,
    ],
    [
      "an unknown option",
      "replay: mst",
      /answers\.yaml:1:9: replay: "mst" is not one of no, nice, must, did you mean "must"\?[\s\S]*must = yes/,
    ],
    ["a question that is answered twice", "prio: must\npriority: no", /priority is answered twice/],
    ["a key that is written twice", "kind: task\nkind: event", /answers\.yaml:2:1: .*unique/],
    ["a list as an answer", "kind: [task, event]", /kind takes one answer/],
    ["a map as an answer", "kind: { task: yes }", /kind takes one answer/],
    ["no map at all", "- task", /no map/],
    ["a text", "task", /no map/],
    ["nothing", "", /no map/],
    ["a first question that does not matter", "kind: neutral", /kind: "neutral" is not one of/],
    ["a rest that is neither", "rest: whatever", /answers\.yaml:1:7: rest is neither neutral nor open/],
    ["broken YAML", "kind: [task", /answers\.yaml:1/],
    ["flows that are no list", "flows: task", /flows is not a list/],
    ["no flow", "flows: []", /flows is not a list of 1 to 50/],
    ["a flow that is no map", "flows: [task]", /flow 1 is no map/],
    ["answers beside flows", "replay: must\nflows:\n  - kind: task", /beside `flows:`/],
    ["aliases", "kind: &a task\nreplay: *a", /has no aliases/],
    [
      "a bomb of aliases",
      `a: &a [x,x]\n${"bcdefgh"
        .split("")
        .map((c, i) => `${c}: &${c} [*${"abcdefg"[i]},*${"abcdefg"[i]}]`)
        .join("\n")}`,
      /has no aliases/,
    ],
    ["a key of a prototype", "__proto__: { kind: task }", /there is no question "__proto__"/],
    ["a constructor", "constructor: task", /there is no question "constructor"/],
    ["a huge file", `# ${"x".repeat(70_000)}`, /no answer sheet/],
    ["brackets without end", "[".repeat(20_000), /nested too deeply/],
    ["lists without end", "- ".repeat(20_000), /nested too deeply/],
    [
      "many problems",
      Array.from({ length: 30 }, (_, i) => `k${i}: v`).join("\n"),
      /30 problems[\s\S]*and 20 more/,
    ],
    ["several problems", "replya: must\nkind: tsk", /2 problems\n.*:1:1.*\n.*:2:7/],
  ])("with %s is refused, with the place and what to do", (_, text, message) => {
    expect(messageOf(text)).toMatch(message);
  });

  it("may say that what it does not mention does not matter", () => {
    expect(read("kind: task\nrest: neutral").isRestNeutral).toBe(true);
    expect(read("kind: task\nrest: open").isRestNeutral).toBeUndefined();
  });

  it("has a title that is safe to print", () => {
    expect(read('title: "a\\e[31m\\nb"\nkind: task').title).toBe("a [31m b");
  });

  it("is never anything but a sheet or a clear refusal", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.object().map((o) => JSON.stringify(o)),
        ),
        (text) => {
          try {
            read(text);
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
