import { type Base, withAssumptions } from "./base.ts";
import { type Answers, atomsOf } from "./condition.ts";
import { CONFLICT, type Decision, decide, NEITHER } from "./decide.ts";
import type { GateRule } from "./knowledge.ts";

/** A question with some of its options. */
export interface Given {
  readonly q: string;
  readonly in: readonly string[];
}

/** One exit of the chart: if all of `all` and one of `any` were answered so, and nothing of `unless`, this is it. */
export interface ChartDecision {
  readonly all: readonly Given[];
  /** Empty: nothing more is needed. */
  readonly any: readonly Given[];
  readonly unless: readonly Given[];
  /** A product, an outcome, or `conflict`. */
  readonly verdict: string;
  readonly isProduct: boolean;
}

/** Asked from the first to the last; what none of them decides is decided by the points. */
export type Chart = readonly ChartDecision[];

/** An answer decides for a product if it alone puts it so many points ahead, once the kind of message is known. */
const DECISIVE = 2;
/** The question that splits the chart: whatever else is answered means something else for a task than for a stream. */
const SHAPE = "kind";

/**
 * The decision as a chart, made from the rules: what each gate and each answer does by itself. An answer that would
 * take points from a verdict is an exception to it, so that where the chart decides, the points agree.
 */
export function createChart(base: Base): Chart {
  const clashes = clashDecisions(base);
  const musts = mustDecisions(base);
  const asked = musts.flatMap((d) => d.any);
  const isAsked = (g: Given) => asked.some((a) => a.q === g.q && g.in.every((o) => a.in.includes(o)));
  // What was asked already need not be asked again for each kind of message.
  const points = pointDecisions(base).flatMap((d) => {
    const any = d.any
      .flatMap(({ q, in: options }) => options.map((o) => ({ q, in: [o] })))
      .filter((g) => !isAsked(g));
    return any.length === 0 && d.any.length > 0 ? [] : [{ ...d, any: merged(any) }];
  });
  return [...gateDecisions(base), ...clashes, ...musts, ...points];
}

/** Exits that are read together, because they ask the same thing, are one decision with several answers. */
export function boxesOf(chart: Chart): readonly Chart[] {
  const boxes = new Map<string, ChartDecision[]>();
  for (const exit of chart) {
    const box = boxName(exit);
    boxes.set(box, [...(boxes.get(box) ?? []), exit]);
  }
  return [...boxes.values()];
}

function boxName({ all, any, verdict, isProduct }: ChartDecision): string {
  const [first] = all;
  // What a kind of message decides alone; where the answers about one kind of message point.
  if (all.length === 0 && any.every((g) => g.q === SHAPE)) return SHAPE;
  if (verdict === CONFLICT) return CONFLICT;
  return isProduct && first?.q === SHAPE ? first.in.join() : `${verdict} ${JSON.stringify([all, any])}`;
}

/** What the chart says about a flow: a product, an outcome, or undefined where it leaves that to the points. */
export function chartVerdict(chart: Chart, answers: Answers): string | undefined {
  const isGiven = ({ q, in: options }: Given) => options.includes(answers.get(q) ?? "");
  return chart.find(
    (d) => d.all.every(isGiven) && (d.any.length === 0 || d.any.some(isGiven)) && !d.unless.some(isGiven),
  )?.verdict;
}

/** Gates with the same outcome that need the same answers but one are one decision. */
function gateDecisions(base: Base): readonly ChartDecision[] {
  const decisions: ChartDecision[] = [];
  for (const gate of base.gates) {
    const made = gateDecision(base, gate);
    const twin = decisions.findIndex((d) => d.verdict === made.verdict && sameGiven(d.unless, made.unless));
    if (twin < 0) decisions.push(made);
    else decisions[twin] = { ...decisions[twin]!, all: [], any: [...decisions[twin]!.any, ...made.any] };
  }
  return decisions;
}

function gateDecision(base: Base, gate: GateRule): ChartDecision {
  const atoms = atomsOf(gate.when);
  const needed = atoms.filter((a) => !a.isNegated).map(({ q, in: options }) => ({ q, in: options }));
  const earlier = base.gates.slice(0, base.gates.indexOf(gate)).filter((g) => g.outcome !== gate.outcome);
  // A gate before this one wins, so what opens it is an exception here; kinds that this one does not need say so already.
  const before = earlier.flatMap((g) => {
    const opening = atomsOf(g.when).filter((a) => !a.isNegated);
    return opening.length === 1 && !needed.some((n) => n.q === opening[0]!.q) ? opening : [];
  });
  // Of answers that only together keep it shut, those that it does not ask for anyway.
  const shut = atoms.filter((a) => a.isNegated && !needed.some((n) => n.q === a.q));
  const unless = merged([...shut, ...before]);
  const [only] = needed;
  return needed.length === 1
    ? { all: [], any: [only!], unless, verdict: gate.outcome, isProduct: false }
    : { all: needed.slice(0, -1), any: [needed.at(-1)!], unless, verdict: gate.outcome, isProduct: false };
}

/** Pairs of answers that leave no mode: asked before those that leave one product only. */
function clashDecisions(base: Base): readonly ChartDecision[] {
  const all = singles(base);
  const clashing = (a: Single, b: Single) => a.q !== b.q && verdictWith(base, a, b) === CONFLICT;
  const seen = new Set<Single>();
  return all.flatMap((first) => {
    const partners = all.filter((other) => !seen.has(other) && clashing(first, other));
    if (partners.length === 0) return [];
    seen.add(first);
    const unless = all.filter((other) =>
      partners.some((p) => other.q !== p.q && other.q !== first.q && gatesPair(base, first, p, other)),
    );
    return [
      {
        all: [given(first)],
        any: merged(partners.map(given)),
        unless: merged(unless.map(given)),
        verdict: CONFLICT,
        isProduct: false,
      },
    ];
  });
}

/** With a third answer, alone or for some kind of message, a pair that clashes needs no broker. */
function gatesPair(base: Base, first: Single, second: Single, third: Single): boolean {
  if (verdictWith(base, first, second, third) !== CONFLICT) return true;
  return base.question.get(SHAPE)!.options.some(({ id }) => {
    const kind = { q: SHAPE, option: id };
    return (
      third.q !== SHAPE &&
      verdictWith(base, kind, first, second) === CONFLICT &&
      verdictWith(base, kind, first, second, third) !== CONFLICT
    );
  });
}

function verdictWith(base: Base, ...some: readonly Single[]): string {
  return decideWith(
    base,
    some.map((s) => [s.q, s.option] as const),
  ).verdict;
}

/** Answers that leave one product only, by product. */
function mustDecisions(base: Base): readonly ChartDecision[] {
  return base.products.flatMap((product) => {
    const any = singles(base).filter(({ q, option }) => {
      const decision = decideWith(base, [[q, option]]);
      return decision.verdict === product && decision.best.length === 1;
    });
    if (any.length === 0) return [];
    const unless = singles(base).filter(
      (other) =>
        !any.some((a) => a.q === other.q && a.option === other.option) &&
        any.some(
          // What leaves nothing was asked before.
          (a) => a.q !== other.q && ![product, CONFLICT].includes(verdictWith(base, a, other)),
        ),
    );
    // Gates that need a kind as well.
    const gated = base.gates.flatMap((g) => atomsOf(g.when)).filter((a) => !a.isNegated && a.q !== SHAPE);
    const opened = gated.filter((a) => any.some((x) => opensGate(base, x, a)));
    return [
      {
        all: [],
        any: merged(any.map(given)),
        unless: merged([...unless.map(given), ...opened]),
        verdict: product,
        isProduct: true,
      },
    ];
  });
}

interface Single {
  readonly q: string;
  readonly option: string;
}

/** Together with some kind of message, which by itself goes on to the points, the two open a gate. */
function opensGate(base: Base, answer: Single, atom: Given): boolean {
  if (answer.q === atom.q) return false;
  return base.question.get(SHAPE)!.options.some((kind) => {
    const opens = (...more: readonly (readonly [string, string])[]) =>
      decideWith(base, [[SHAPE, kind.id], [answer.q, answer.option], ...more]).verdict === NEITHER;
    return !opens() && atom.in.some((option) => opens([atom.q, option]));
  });
}

/** For each kind of message and product, the answers that decide for it, unless one speaks against it. */
function pointDecisions(base: Base): readonly ChartDecision[] {
  const kinds = base.question.get(SHAPE)!.options.map((o) => o.id);
  return kinds.flatMap((kind) => {
    const alone = decideWith(base, [[SHAPE, kind]]);
    if (alone.verdict === NEITHER) return [];
    return base.products.flatMap((product) => {
      const leadWith = (...more: readonly Single[]) =>
        leadOf(
          base,
          decideWith(base, [[SHAPE, kind], ...more.map((m) => [m.q, m.option] as const)]),
          product,
        );
      const start = leadWith();
      const others = singles(base).filter((s) => s.q !== SHAPE);
      const unless = others.filter((s) => leadWith(s) < start);
      const isFree = (s: Single) => !unless.some((u) => u.q === s.q && u.option === s.option);
      const any = start >= DECISIVE ? [] : others.filter((s) => isFree(s) && leadWith(s) >= DECISIVE);
      if (start < DECISIVE && any.length === 0) return [];
      return [
        {
          all: [{ q: SHAPE, in: [kind] }],
          any: merged(any.map(given)),
          unless: merged(unless.map(given)),
          verdict: product,
          isProduct: true,
        },
      ];
    });
  });
}

function given({ q, option }: Single): Given {
  return { q, in: [option] };
}

/** Every answer that a gate, a veto or a score asks for. */
function singles(base: Base): readonly Single[] {
  return base.questions
    .filter((q) => base.deciding.has(q.id))
    .flatMap((q) => q.options.map((o) => ({ q: q.id, option: o.id })));
}

function decideWith(base: Base, answers: readonly (readonly [string, string])[]): Decision {
  return decide(base, withAssumptions(base, new Map(answers)));
}

/** A verdict that is no product's is worse than any lead; a rival that is ruled out is far behind. */
const FAR = 100;

function leadOf(base: Base, { verdict, best }: Decision, product: string): number {
  if (verdict === NEITHER || verdict === CONFLICT) return -FAR;
  const scoreOf = (p: string) => best.find((m) => m.mode.product === p)?.score ?? -FAR;
  return scoreOf(product) - Math.max(...base.products.filter((p) => p !== product).map(scoreOf));
}

/** Options of one question together, in the order in which they came. */
function merged(parts: readonly Given[]): readonly Given[] {
  const byQuestion = new Map<string, string[]>();
  for (const { q, in: options } of parts)
    byQuestion.set(q, [...new Set([...(byQuestion.get(q) ?? []), ...options])]);
  return [...byQuestion].map(([q, options]) => ({ q, in: options }));
}

function sameGiven(a: readonly Given[], b: readonly Given[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
