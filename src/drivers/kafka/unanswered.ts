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
  /** Everything of the partition before `offset` was delivered or passed over (markers, aborted, compacted). */
  passed(partition: number, offset: number): void;
}

/**
 * Deliveries as runs: consecutive tags with consecutive offsets of one partition. Runs of a partition are a
 * linked list, so that an unanswered message holds back only its own partition's offset. What is delivered in a
 * row costs a few nanoseconds each.
 */
export function createUnanswered(): Unanswered {
  /** Oldest with something unanswered first; `runs[first]` on. Emptied slots are cut off now and then. */
  let runs: Run[] = [];
  let first = 0;
  let open: Run | undefined;
  let nextTag = 0;
  let count = 0;
  /** Index of the run that was answered last: the next answer mostly concerns it or the next. */
  let recent = 0;
  const spare: Run[] = [];
  const lines = new Map<number, Line>();
  const moved = new Set<Line>();

  const lineOf = (partition: number): Line => {
    let line = lines.get(partition);
    if (!line) {
      line = { partition, oldest: undefined, newest: undefined, offset: -1, passed: -1 };
      lines.set(partition, line);
    }
    return line;
  };

  const start = (partition: number, offset: number): Run => {
    const line = lineOf(partition);
    const run = spare.pop() ?? newRun(line);
    run.line = line;
    run.firstTag = nextTag;
    run.firstOffset = offset;
    run.length = 0;
    run.prefix = 0;
    run.answered = 0;
    run.next = undefined;
    // Where it begins is no news: nothing was answered yet.
    if (line.offset < 0) line.offset = offset;
    if (line.newest) line.newest.next = run;
    else line.oldest = run;
    line.newest = run;
    runs.push(run);
    open = run;
    return run;
  };

  /** The run that holds the tag: a binary search where the last one used is not it. */
  const find = (tag: number): Run => {
    for (let i = Math.max(recent, first); i < recent + 2 && i < runs.length; i++) {
      const run = runs[i]!;
      if (tag >= run.firstTag && tag < run.firstTag + run.length) {
        recent = i;
        return run;
      }
    }
    let low = first;
    let high = runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (runs[middle]!.firstTag <= tag) low = middle;
      else high = middle - 1;
    }
    recent = low;
    return runs[low]!;
  };

  /** Moves the partition's offset over what is answered without a gap. */
  const settle = (line: Line): void => {
    const before = line.offset;
    let run = line.oldest;
    while (run) {
      line.offset = Math.max(line.offset, run.firstOffset + run.prefix);
      if (run.prefix < run.length) break;
      // An open run goes on: it is left by its successor.
      if (run === open) break;
      run = run.next;
      line.oldest = run;
      if (!run) line.newest = undefined;
    }
    if (!run || (run === open && run.prefix === run.length)) line.offset = Math.max(line.offset, line.passed);
    if (line.offset > before) moved.add(line);
  };

  /** Forgets runs at the front that are answered and closed. */
  const trim = (): void => {
    while (first < runs.length) {
      const run = runs[first]!;
      if (run === open || run.prefix < run.length) break;
      first++;
      if (spare.length < MOST_SPARE) spare.push(run);
    }
    if (first > TRIM_AT && first * 2 > runs.length) {
      runs = runs.slice(first);
      recent = Math.max(0, recent - first);
      first = 0;
    }
  };

  const answerAll = (run: Run, upToTag: number): void => {
    const length = Math.min(run.length, upToTag - run.firstTag + 1);
    if (length <= run.prefix) return;
    count -= length - run.prefix - markedBetween(run, run.prefix, length);
    run.prefix = length;
    skipMarked(run);
    settle(run.line);
  };

  return {
    get count() {
      return count;
    },
    deliver(partition, offset) {
      let run = open;
      if (
        run === undefined ||
        run.line.partition !== partition ||
        run.firstOffset + run.length !== offset ||
        run.length === MOST_IN_RUN
      ) {
        const closed = open;
        run = start(partition, offset);
        if (closed) {
          settle(closed.line);
          trim();
        }
      }
      run.length++;
      count++;
      return nextTag++;
    },
    answer(tag, upTo) {
      if (tag >= nextTag || first === runs.length || tag < runs[first]!.firstTag) return;
      if (upTo) {
        for (let i = first; i < runs.length && runs[i]!.firstTag <= tag; i++) answerAll(runs[i]!, tag);
        trim();
        return;
      }
      const run = find(tag);
      const index = tag - run.firstTag;
      if (index < run.prefix || isMarked(run, index)) return;
      count--;
      if (index > run.prefix) {
        mark(run, index);
        return;
      }
      run.prefix++;
      skipMarked(run);
      if (run.line.oldest === run) settle(run.line);
      if (run.prefix === run.length) trim();
    },
    passed(partition, offset) {
      const line = lineOf(partition);
      line.passed = Math.max(line.passed, offset);
      settle(line);
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

/** So that the marks of a run stay small. */
const MOST_IN_RUN = 65_536;
const MOST_SPARE = 256;
const TRIM_AT = 1024;

interface Run {
  line: Line;
  firstTag: number;
  firstOffset: number;
  length: number;
  /** So many from its start are answered without a gap. */
  prefix: number;
  answered: number;
  /** Those behind that are answered, one bit each. */
  bits: Uint32Array | undefined;
  /** Of the same partition. */
  next: Run | undefined;
}

interface Line {
  readonly partition: number;
  oldest: Run | undefined;
  newest: Run | undefined;
  /** To be committed; -1 before there is any. */
  offset: number;
  passed: number;
}

function newRun(line: Line): Run {
  return {
    line,
    firstTag: 0,
    firstOffset: 0,
    length: 0,
    prefix: 0,
    answered: 0,
    bits: undefined,
    next: undefined,
  };
}

function isMarked({ bits }: Run, index: number): boolean {
  return bits !== undefined && ((bits[index >>> 5]! >>> (index & 31)) & 1) === 1;
}

function mark(run: Run, index: number): void {
  run.bits ??= new Uint32Array(MOST_IN_RUN / 32);
  run.bits[index >>> 5]! |= 1 << (index & 31);
  run.answered++;
}

/** Takes marks that the prefix has reached into it. */
function skipMarked(run: Run): void {
  if (run.answered === 0) return;
  while (isMarked(run, run.prefix)) {
    run.bits![run.prefix >>> 5]! &= ~(1 << (run.prefix & 31));
    run.prefix++;
    run.answered--;
  }
}

/** Marks in `[from, to)`, which are taken away. */
function markedBetween(run: Run, from: number, to: number): number {
  let found = 0;
  for (let i = from; i < to && run.answered > 0; i++)
    if (isMarked(run, i)) {
      run.bits![i >>> 5]! &= ~(1 << (i & 31));
      run.answered--;
      found++;
    }
  return found;
}
