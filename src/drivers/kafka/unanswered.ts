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

export function createUnanswered(): Unanswered {
  return new Runs();
}

/**
 * Deliveries as runs: consecutive tags with consecutive offsets of one partition. Runs of a partition are a
 * linked list, so that an unanswered message holds back only its own partition's offset. What is delivered in a
 * row costs a few nanoseconds each. A class, since V8 keeps a closure's variables in a context, which costs more
 * for each message.
 */
class Runs implements Unanswered {
  count = 0;
  /** Oldest with something unanswered first; `#runs[#first]` on. Emptied slots are cut off now and then. */
  #runs: Run[] = [];
  #first = 0;
  #open: Run | undefined;
  #nextTag = 0;
  /** Index of the run that was answered last: the next answer mostly concerns it or the next. */
  #recent = 0;
  readonly #spare: Run[] = [];
  readonly #lines = new Map<number, Line>();
  readonly #moved = new Set<Line>();

  deliver(partition: number, offset: number): number {
    let run = this.#open;
    if (
      run === undefined ||
      run.line.partition !== partition ||
      run.firstOffset + run.length !== offset ||
      run.length === MOST_IN_RUN
    ) {
      const closed = run;
      run = this.#start(partition, offset);
      if (closed) {
        this.#settle(closed.line);
        this.#trim();
      }
    }
    run.length++;
    this.count++;
    return this.#nextTag++;
  }

  answer(tag: number, upTo: boolean): void {
    const runs = this.#runs;
    if (tag >= this.#nextTag || this.#first === runs.length || tag < runs[this.#first]!.firstTag) return;
    if (upTo) {
      for (let i = this.#first; i < runs.length && runs[i]!.firstTag <= tag; i++)
        this.#answerAll(runs[i]!, tag);
      this.#trim();
      return;
    }
    const run = this.#find(tag);
    const index = tag - run.firstTag;
    if (index < run.prefix || isMarked(run, index)) return;
    this.count--;
    if (index > run.prefix) {
      mark(run, index);
      return;
    }
    run.prefix++;
    skipMarked(run);
    if (run.line.oldest === run) this.#settle(run.line);
    if (run.prefix === run.length) this.#trim();
  }

  passed(partition: number, offset: number): void {
    const line = this.#lineOf(partition);
    line.passed = Math.max(line.passed, offset);
    this.#settle(line);
  }

  takeMoved(): readonly (readonly [partition: number, offset: number])[] {
    const taken = [...this.#moved].map((line) => [line.partition, line.offset] as const);
    this.#moved.clear();
    return taken;
  }

  putBack(back: readonly (readonly [partition: number, offset: number])[]): void {
    for (const [partition] of back) this.#moved.add(this.#lineOf(partition));
  }

  #lineOf(partition: number): Line {
    let line = this.#lines.get(partition);
    if (!line) {
      line = { partition, oldest: undefined, newest: undefined, offset: -1, passed: -1 };
      this.#lines.set(partition, line);
    }
    return line;
  }

  #start(partition: number, offset: number): Run {
    const line = this.#lineOf(partition);
    const run = this.#spare.pop() ?? newRun(line);
    run.line = line;
    run.firstTag = this.#nextTag;
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
    this.#runs.push(run);
    this.#open = run;
    return run;
  }

  /** The run that holds the tag: a binary search where the last one used is not it. */
  #find(tag: number): Run {
    const runs = this.#runs;
    for (let i = Math.max(this.#recent, this.#first); i < this.#recent + 2 && i < runs.length; i++) {
      const run = runs[i]!;
      if (tag >= run.firstTag && tag < run.firstTag + run.length) {
        this.#recent = i;
        return run;
      }
    }
    let low = this.#first;
    let high = runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (runs[middle]!.firstTag <= tag) low = middle;
      else high = middle - 1;
    }
    this.#recent = low;
    return runs[low]!;
  }

  /** Moves the partition's offset over what is answered without a gap. */
  #settle(line: Line): void {
    const before = line.offset;
    const open = this.#open;
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
    if (line.offset > before) this.#moved.add(line);
  }

  /** Forgets runs at the front that are answered and closed. */
  #trim(): void {
    const runs = this.#runs;
    while (this.#first < runs.length) {
      const run = runs[this.#first]!;
      if (run === this.#open || run.prefix < run.length) break;
      this.#first++;
      if (this.#spare.length < MOST_SPARE) this.#spare.push(run);
    }
    if (this.#first > TRIM_AT && this.#first * 2 > runs.length) {
      this.#runs = runs.slice(this.#first);
      this.#recent = Math.max(0, this.#recent - this.#first);
      this.#first = 0;
    }
  }

  #answerAll(run: Run, upToTag: number): void {
    const length = Math.min(run.length, upToTag - run.firstTag + 1);
    if (length <= run.prefix) return;
    this.count -= length - run.prefix - markedBetween(run, run.prefix, length);
    run.prefix = length;
    skipMarked(run);
    this.#settle(run.line);
  }
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
