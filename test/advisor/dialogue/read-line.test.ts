import { describe, expect, it } from "vitest";
import { answersSoFar } from "../../../src/advisor/dialogue/dialogue.ts";
import { askedNow, beginReading, type Reading, readLine } from "../../../src/advisor/dialogue/read-line.ts";
import { topic } from "./play.ts";

const typed = (...lines: readonly string[]) =>
  lines.reduce<Reading>((now, line) => readLine(topic, now, line), beginReading(topic, false));
const answersAfter = (...lines: readonly string[]) =>
  Object.fromEntries(answersSoFar(topic, typed(...lines).talk));

describe("a dialogue by lines", () => {
  it.each([
    ["a number", "1", { kind: "task" }],
    ["a name", "Task", { kind: "task" }],
    ["0", "0", {}],
    ["unknown", "unknown", {}],
  ])("takes %s for an answer", (_, line, want) => {
    const { talk, misread } = typed(line);
    expect([Object.fromEntries(answersSoFar(topic, talk)), talk.past.length, misread]).toEqual([
      want,
      1,
      undefined,
    ]);
  });

  it.each(["", "10", "-1", "tsak", "1 2", "1.5"])('says that "%s" is no answer, and asks again', (line) => {
    const reading = typed(line);
    expect(reading).toMatchObject({ misread: line, talk: { past: [] } });
    expect(readLine(topic, reading, "1")).toMatchObject({ talk: { past: [{}] } });
    expect(readLine(topic, reading, "1").misread).toBeUndefined();
  });

  it("takes the numbers of must-haves, and asks which where there are several", () => {
    const reading = typed("1", "4 7, 11?");
    expect(askedNow(reading)).toBe("priority");
    expect(askedNow(readLine(topic, reading, "must"))).toBe("order");
    const answers = answersAfter("1", "4 7, 11?", "must", "key");
    expect(answers).toMatchObject({ priority: "must", order: "key", replay: "no" });
    expect(answers).not.toHaveProperty("power-cut");
    expect(answersAfter("1", "")).toMatchObject({ priority: "no", order: "none" });
    expect(typed("1", "4 99")).toMatchObject({ misread: "4 99" });
  });

  it("puts the context question by question; nothing leaves one open", () => {
    const reading = typed("2", "");
    expect(askedNow(reading)).toBe("stage");
    expect(askedNow(readLine(topic, reading, ""))).toBe("ops");
    const through = reading.asking.reduce(
      (now, q) => readLine(topic, now, q === "have" ? "kafka" : ""),
      reading,
    );
    expect(through.talk.past).toHaveLength(3);
    expect(answersSoFar(topic, through.talk).get("have")).toBe("kafka");
    expect(answersSoFar(topic, through.talk).has("stage")).toBe(false);
  });

  it("goes back out of the middle of a list, and to the screen before", () => {
    expect(askedNow(typed("1", "4 7", "b"))).toBeUndefined();
    expect(askedNow(typed("1", "b"))).toBe("kind");
  });

  it("changes an answer, saves, stops", () => {
    expect(typed("5").talk.screen.kind).toBe("check");
    expect(answersAfter("5", "1", "task")).toEqual({ kind: "task" });
    expect(typed("5", "2")).toMatchObject({ misread: "2" });
    expect(typed("5", "").talk.ending).toBe("verdict");
    expect(typed("5", "s").talk.ending).toBe("save");
    expect(typed("q").talk.ending).toBe("stopped");
  });

  it("says why it asks until the next line", () => {
    expect(typed("?").talk.isWhy).toBe(true);
    expect(typed("?", "0").talk.isWhy).toBe(false);
    expect(typed("?", "?").talk.isWhy).toBe(true);
    expect(typed("l").talk.isLeaning).toBe(true);
  });
});
