import { describe, expect, it } from "vitest";
import { doctorText } from "../../src/cli/doctor-text.ts";
import { judge } from "../../src/doctor/judge.ts";
import { PLAIN, widthOf } from "../../src/report/style.ts";
import { FIT, machine } from "./facts.ts";

const BUSY = machine({
  cpu: { allowed: 2, pressure10: 0.9, governors: undefined },
  second: { pressure: 0.9 },
});

describe("the doctor's text", () => {
  it("says the verdict first, and lists only what is fine of a machine without a fault", () => {
    const text = doctorText(judge(FIT), PLAIN);
    expect(text).toMatch(/^FIT {2}this machine can measure\n {2}0 bad, 0 warn, 0 unknown, 19 ok;/);
    expect(text).not.toMatch(/→|BAD|warn {2}/);
    expect(text).toContain("  ✓ ok       memory       12.0GiB free of 16.0GiB\n");
  });

  it("says of each concern what it means and what to do, the worst first", () => {
    const text = doctorText(judge(BUSY), PLAIN);
    expect(text).toMatch(/^NOT FIT /);
    const places = [
      "Makes what is measured here invalid",
      "✗ BAD      load ",
      "→ Stop",
      "Read the numbers",
      "! warn     cores ",
      "→ Use 4",
      "Could not be found out",
      "? unknown  frequency ",
      "Fine",
    ].map((t) => text.indexOf(t));
    expect(places.every((p) => p > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it.each([
    [FIT, "FIT "],
    [machine({ cpu: { allowed: 2 } }), "FIT, WITH CARE "],
    [machine({ cpu: { governors: undefined } }), "FIT "],
    [BUSY, "NOT FIT "],
  ])("has one verdict for all of it", (facts, word) => {
    expect(doctorText(judge(facts), PLAIN).startsWith(word)).toBe(true);
  });

  it("stays within 80 columns, also in colour, and means the same without", () => {
    const plain = doctorText(judge(BUSY), PLAIN);
    const colored = doctorText(judge(BUSY), { color: true, unicode: true });
    expect(plain.split("\n").filter((line) => widthOf(line) > 80)).toEqual([]);
    expect(colored).not.toBe(plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of colours
    expect(colored.replace(/\u001b\[\d+m/g, "")).toBe(plain);
  });

  it("needs no more than ASCII", () => {
    const text = doctorText(judge(BUSY), { color: false, unicode: false });
    expect([...text].filter((c) => c.charCodeAt(0) > 126)).toEqual([]);
  });
});
