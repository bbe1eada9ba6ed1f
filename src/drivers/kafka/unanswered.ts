/** Deliveries in order of their tags, and how far each partition is answered without a gap. */
export interface Unanswered {
  /** Delivered and not answered. */
  readonly count: number;
  /** Records a delivery and returns its tag, one more than the last. */
  deliver(partition: number, offset: number): number;
  /** Answers one, or with `upTo` each up to it; a tag that is answered already or unknown changes nothing. */
  answer(tag: number, upTo: boolean): void;
  /** Next offset to commit of every partition that moved since the last call. */
  takeMoved(): readonly (readonly [partition: number, offset: number])[];
  /** To be committed after all: nothing newer was said of them meanwhile. */
  putBack(moved: readonly (readonly [partition: number, offset: number])[]): void;
}

const INITIAL_SLOTS = 1024;
const NONE = -1;

/**
 * A ring over the tags; within it a partition's deliveries are a linked list, so that an unanswered message
 * of one partition holds back only its own partition's offset.
 */
export function createUnanswered(): Unanswered {
  let slots = INITIAL_SLOTS;
  let partitionOf = new Int32Array(slots);
  let offsetOf = new Float64Array(slots);
  /** Tag of the partition's next delivery. */
  let nextOf = new Float64Array(slots);
  let answered = new Uint8Array(slots);
  let count = 0;
  /** Oldest unanswered tag, and the next one to be given. */
  let head = 0;
  let tail = 0;
  const partitions = new Map<number, Line>();
  const moved = new Set<Line>();

  const lineOf = (partition: number): Line => {
    let line = partitions.get(partition);
    if (!line) {
      line = { partition, first: NONE, last: NONE, offset: NONE };
      partitions.set(partition, line);
    }
    return line;
  };

  const grow = (): void => {
    const old = { slots, partitionOf, offsetOf, nextOf, answered };
    slots *= 2;
    partitionOf = new Int32Array(slots);
    offsetOf = new Float64Array(slots);
    nextOf = new Float64Array(slots);
    answered = new Uint8Array(slots);
    for (let tag = head; tag < tail; tag++) {
      const from = tag % old.slots;
      const to = tag % slots;
      partitionOf[to] = old.partitionOf[from]!;
      offsetOf[to] = old.offsetOf[from]!;
      nextOf[to] = old.nextOf[from]!;
      answered[to] = old.answered[from]!;
    }
  };

  const answerOne = (tag: number): void => {
    const slot = tag % slots;
    if (answered[slot]) return;
    answered[slot] = 1;
    count--;
    const line = lineOf(partitionOf[slot]!);
    if (line.first !== tag) return;
    let at: number = tag;
    while (at !== NONE && answered[at % slots]) {
      // A position never goes back: what is delivered again was answered once.
      line.offset = Math.max(line.offset, offsetOf[at % slots]! + 1);
      at = nextOf[at % slots]!;
    }
    line.first = at;
    moved.add(line);
  };

  return {
    get count() {
      return count;
    },
    deliver(partition, offset) {
      if (tail - head === slots) grow();
      const tag = tail++;
      const slot = tag % slots;
      partitionOf[slot] = partition;
      offsetOf[slot] = offset;
      nextOf[slot] = NONE;
      answered[slot] = 0;
      const line = lineOf(partition);
      if (line.first === NONE) line.first = tag;
      else nextOf[line.last % slots] = tag;
      line.last = tag;
      count++;
      return tag;
    },
    answer(tag, upTo) {
      if (tag < head || tag >= tail) return;
      if (upTo) for (let t = head; t < tag; t++) answerOne(t);
      answerOne(tag);
      while (head < tail && answered[head % slots]) head++;
    },
    takeMoved() {
      const taken = [...moved].map((line) => [line.partition, line.offset] as const);
      moved.clear();
      return taken;
    },
    putBack(back) {
      for (const [partition] of back) moved.add(lineOf(partition));
    },
  };
}

interface Line {
  readonly partition: number;
  /** Tags of the oldest unanswered and of the newest delivery. */
  first: number;
  last: number;
  /** Next one to commit. */
  offset: number;
}
