import type { Page } from "./pages.ts";

/** A touched page on the wire: which set it belongs to, where its words start, the words, the flagged words. */
export interface PageFrame {
  readonly subscription: number;
  readonly lane: number;
  readonly number: number;
  readonly low: number;
  readonly seen: Uint32Array;
  readonly flagged: Uint32Array | undefined;
}

const HEAD_WORDS = 6;

export function encodePage(subscription: number, lane: number, page: Page): Buffer {
  const words = page.high - page.low + 1;
  const out = new Uint32Array(HEAD_WORDS + words * (page.flagged ? 2 : 1));
  out.set([subscription, lane, page.number, page.low, words, page.flagged ? 1 : 0]);
  out.set(page.fresh.subarray(page.low, page.high + 1), HEAD_WORDS);
  if (page.flagged) out.set(page.flagged.subarray(page.low, page.high + 1), HEAD_WORDS + words);
  return Buffer.from(out.buffer);
}

export function decodePage(payload: Buffer): PageFrame {
  // Copied: a payload starts at any byte, a Uint32Array only at multiples of four.
  const all = new Uint32Array(Uint8Array.from(payload).buffer);
  const [subscription = 0, lane = 0, number = 0, low = 0, words = 0, hasFlagged = 0] = all;
  return {
    subscription,
    lane,
    number,
    low,
    seen: all.subarray(HEAD_WORDS, HEAD_WORDS + words),
    flagged: hasFlagged ? all.subarray(HEAD_WORDS + words) : undefined,
  };
}
