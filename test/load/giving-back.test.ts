import { expect, it } from "vitest";
import type { Answer, Consumer } from "../../src/drivers/driver.ts";
import { GivingBack } from "../../src/load/giving-back.ts";

function recording(): { consumer: Consumer; answers: [number, Answer, boolean][] } {
  const answers: [number, Answer, boolean][] = [];
  const consumer: Consumer = {
    answer: (...answer) => void answers.push(answer),
    flush: async () => {},
    close: async () => {},
  };
  return { consumer, answers };
}

it("gives the same messages back each time, so many times, and then no more", () => {
  const { consumer, answers } = recording();
  const back = new GivingBack({ share: 0.1, times: 3 });
  back.attach(consumer);
  const rounds = [0, 1, 2, 3].map((round) =>
    Array.from({ length: 1000 }, (_, i) => i).filter((i) => back.takes(0, i, round * 1000 + i)),
  );
  expect(rounds[0]!.length).toBeGreaterThan(90);
  expect(rounds[0]!.length).toBeLessThan(110);
  expect(rounds[1]).toEqual(rounds[0]);
  expect(rounds[2]).toEqual(rounds[0]);
  expect(rounds[3]).toEqual([]);
  expect(answers).toEqual(
    [0, 1, 2].flatMap((round) => rounds[0]!.map((i) => [round * 1000 + i, "requeue", false])),
  );
});

it("gives back what came before the consumer was there as soon as it is", () => {
  const { consumer, answers } = recording();
  const back = new GivingBack({ share: 1, times: 1 });
  expect([back.takes(0, 0, 0), back.takes(1, 0, 1), back.takes(0, 0, 2)]).toEqual([true, true, false]);
  expect(answers).toEqual([]);
  back.attach(consumer);
  expect(answers.map(([tag]) => tag)).toEqual([0, 1]);
});

it("takes nothing at a share of 0", () => {
  const back = new GivingBack({ share: 0, times: 9 });
  expect([0, 1, 2, 3].some((i) => back.takes(0, i, i))).toBe(false);
});
