import type { Answer } from "./connection.ts";

/** Requests that wait for their answers, oldest first. */
export interface Pending {
  readonly count: number;
  /** When the oldest was sent, ms of `performance.now()`. */
  readonly oldestMs: number;
  put(answer: Answer, nowMs: number): void;
  /** The oldest, which waits no more. */
  take(): Answer | undefined;
}

const FIRST_SLOTS = 16;

/** A ring that doubles when it is full. */
export function createPending(): Pending {
  let answers: (Answer | undefined)[] = new Array<Answer | undefined>(FIRST_SLOTS).fill(undefined);
  let sentMs = new Float64Array(FIRST_SLOTS);
  let head = 0;
  let count = 0;

  const grow = (): void => {
    const slots = answers.length * 2;
    const all = new Array<Answer | undefined>(slots).fill(undefined);
    const times = new Float64Array(slots);
    for (let i = 0; i < count; i++) {
      const from = (head + i) & (answers.length - 1);
      all[i] = answers[from];
      times[i] = sentMs[from]!;
    }
    answers = all;
    sentMs = times;
    head = 0;
  };

  return {
    get count() {
      return count;
    },
    get oldestMs() {
      return sentMs[head]!;
    },
    put(answer, nowMs) {
      if (count === answers.length) grow();
      const slot = (head + count) & (answers.length - 1);
      answers[slot] = answer;
      sentMs[slot] = nowMs;
      count++;
    },
    take() {
      if (count === 0) return undefined;
      const answer = answers[head];
      answers[head] = undefined;
      head = (head + 1) & (answers.length - 1);
      count--;
      return answer;
    },
  };
}
