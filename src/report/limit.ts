import type { TargetResult } from "../model/result.ts";
import { formatRate } from "../model/units.ts";
import { curveLines } from "./limit-curve.ts";
import type { LimitResult, LimitStep, TargetLimit } from "./limit-result.ts";
import { finish, paint, type Style, type Tone } from "./style.ts";
import { alignTable, joined, wrap } from "./table.ts";

export interface LimitOptions extends Style {
  /** Where the search is stored. */
  readonly folder: string;
}

/** A rate search for people at a terminal: what was found first, then the curve of each target, 80 columns. */
export function renderLimit(result: LimitResult, options: LimitOptions): string {
  const { folder, ...style } = options;
  const { targets } = result;
  const sections = [
    targets.length === 0 ? nothingLines(result, style) : headLines(result, style),
    ...targets.map((t) => curveLines(t, nameOf(t, targets), style)),
    legendLines(result),
    remarkLines(result, style),
    ["Files", `  ${folder}`],
    ["Again", `  ${result.run.command}`],
  ];
  return finish(joined(sections, style), style);
}

/** One sentence: `kafka:log@kafkajs keeps e2e_response.p99 < 20ms up to 31.2k msg/s`. */
export function limitSentence(t: TargetLimit, objectives: readonly string[]): string {
  const what = `${t.target}${t.label === "" ? "" : ` (${t.label})`}`;
  const keeps = `keeps ${objectives.join(" and ")}`;
  const limit = t.limitPerS === null ? "" : perSecond(t.limitPerS);
  switch (t.outcome) {
    case "found":
      return `${what} ${keeps} up to ${limit}`;
    case "at-least":
      return `${what} ${keeps} up to at least ${limit}, the highest rate that was allowed`;
    case "none":
      return `${what} ${keeps} at no rate: it fails at ${perSecond(t.failsPerS ?? 0)}, the lowest one tried`;
    case "unclear":
      return `${what}: its steps contradict each other${limit === "" ? "" : `; ${limit} held at least once`}`;
    case "unfinished":
      return t.limitPerS === null
        ? `${what} was not searched to the end`
        : `${what} ${keeps} at ${limit}; higher rates were not searched to the end`;
  }
}

const WORDS: Readonly<Record<TargetLimit["outcome"], readonly [string, Tone]>> = {
  found: ["FOUND", "good"],
  "at-least": ["FOUND", "good"],
  none: ["NO RATE", "bad"],
  unclear: ["UNCLEAR", "warn"],
  unfinished: ["NOT FINISHED", "warn"],
};

function headLines({ targets, objectives, search, exit }: LimitResult, style: Style): readonly string[] {
  const sentences = targets.flatMap((t) => {
    const [word, tone] = WORDS[t.outcome];
    const [first, ...more] = wrap(limitSentence(t, objectives), 0, `${word}  `);
    return [first!.replace(word, paint(word, tone, style)), ...more];
  });
  const precision = `${Number((search.precision * 100).toPrecision(3))}%`;
  const stopped = exit.reasons.filter((r) => r.kind !== "threshold" && r.kind !== "invalid");
  return [
    ...sentences,
    ...stopped.flatMap((r) => wrap(r.message, 2, "· ")),
    ...(targets.length > 1 ? sideBySide(targets) : targets.flatMap(aboutLines)),
    ...wrap(
      targets.some((t) => t.outcome === "found" || t.outcome === "at-least")
        ? `within ${precision}; a limit held in two runs, and every message of every step was checked`
        : "every message of every step was checked",
    ),
  ];
}

/** Before a first step there is nothing to say but why. */
function nothingLines({ exit, objectives }: LimitResult, style: Style): readonly string[] {
  return [
    `${paint("NOT RUN", "bad", style)}  ${objectives.join(" and ")}`,
    ...exit.reasons.flatMap((r) => wrap(r.message, 2, "· ")),
  ];
}

function aboutLines(t: TargetLimit): readonly string[] {
  return [
    ...(t.failsPerS === null ? [] : wrap(`it fails at ${perSecond(t.failsPerS)}: ${whyOf(t)}`, 2, "· ")),
    ...(t.version === "" ? [] : wrap(`${t.version}, client ${t.clientVersion}${promised(t)}`)),
    ...wrap(`each step: ${t.work}`),
  ];
}

/** What failed at the lowest rate that failed, in its last try there. */
function whyOf(t: TargetLimit): string {
  const step = t.steps.findLast((s) => s.ratePerS === t.failsPerS && s.verdict === "fails");
  return step?.reasons.map((r) => r.message).join("; ") ?? "see its steps";
}

function promised({ durability }: TargetLimit): string {
  return durability === null ? "" : `; acknowledged: ${promise(durability)}`;
}

function promise({ copies, flush }: TargetResult["durability"]): string {
  if (copies === "none") return "nothing";
  return `${copies === "one" ? "one copy" : "a majority of the copies"}, ${flush}`;
}

function sideBySide(targets: readonly TargetLimit[]): readonly string[] {
  const rows = targets.map((t) => [
    nameOf(t, targets),
    t.limitPerS === null ? "–" : formatRate(t.limitPerS),
    t.failsPerS === null ? "–" : formatRate(t.failsPerS),
    t.durability === null ? "–" : promise(t.durability),
  ]);
  const heads = ["", "holds at", "fails at", "an acknowledgement means"];
  const works = new Set(targets.map((t) => t.work));
  return [
    "",
    ...alignTable([heads, ...rows], ["left", "right", "right", "left"]),
    "",
    ...[...works].flatMap((w) => wrap(`each step: ${w}`)),
  ];
}

/** The client only where two targets differ in nothing else. */
function nameOf(t: TargetLimit, all: readonly TargetLimit[]): string {
  const short = (o: TargetLimit): string => `${o.target.split("@")[0]} ${o.label}`.trim();
  const isUnique = all.length > 1 && new Set(all.map(short)).size === all.length;
  return isUnique ? short(t) : `${t.target} ${t.label}`.trim();
}

function legendLines({ targets }: LimitResult): readonly string[] {
  const steps = targets.flatMap((t) => t.steps);
  if (steps.length === 0) return [];
  return [
    "How to read it",
    ...wrap("response: from when a message was due until the consumer had it, the wait to be sent included"),
    ...(steps.some((s) => s.usedShare !== null)
      ? wrap("used: the objective that is nearest to its limit, which is where the dots end")
      : []),
    ...(steps.some((s) => (s.e2eResponse?.censored ?? 0) > 0)
      ? wrap('"> x": messages without an end when the step was over count with their age')
      : []),
    ...(steps.some((s) => s.p99Invalid.length > 0)
      ? wrap('"!": more than a quarter of it may be the delay of mqbench or of its machine')
      : []),
    ...(steps.some((s) => s.isClose) ? wrap(CLOSE) : []),
  ];
}

const CLOSE =
  "~: it may have been chance (missed by little, in less than half of its seconds, or while mqbench itself was late), so it counts only if it fails once more";

function remarkLines({ targets }: LimitResult, style: Style): readonly string[] {
  const sign = paint("! warn", "warn", style);
  const lines = targets.flatMap((t) => [
    ...(t.isHarnessBound
      ? wrap(
          `${t.target}: mqbench itself was late where the objective failed. The limit may be mqbench's; more cores, or another machine than the broker's, may find a higher one.`,
          2,
          `${sign} `,
        )
      : []),
    ...(isNoBetterBelow(t)
      ? wrap(
          `${t.target}: at its lowest rates the response was hardly better than at higher ones, so it is not the rate that breaks the objective: the machine's other work, or a client's fixed delays, may be. mqbench doctor looks at the machine.`,
          2,
          `${sign} `,
        )
      : []),
    ...t.steps.flatMap((s) =>
      s.reasons
        .filter((r) => r.code === "GUARANTEE" || r.code === "UNACCOUNTED")
        .flatMap((r) => wrap(`${t.target} at ${formatRate(s.ratePerS)}: ${r.message}`, 2, `${sign} `)),
    ),
  ]);
  return lines.length === 0 ? [] : ["Findings and warnings", ...lines];
}

/** Whether something failed at a rate though it was nearly as bad at a quarter of it, far from saturation. */
function isNoBetterBelow({ steps }: TargetLimit): boolean {
  const failed = steps.filter((s) => s.verdict === "fails" && s.e2eResponse !== null);
  const lowest = failed.reduce<LimitStep | undefined>(
    (a, b) => (a && a.ratePerS <= b.ratePerS ? a : b),
    undefined,
  );
  if (lowest?.e2eResponse == null) return false;
  const { p99Ns } = lowest.e2eResponse;
  return failed.some((s) => s.ratePerS >= 4 * lowest.ratePerS && s.e2eResponse!.p99Ns < 1.5 * p99Ns);
}

function perSecond(ratePerS: number): string {
  const [, number, prefix] = /^([\d.]+)(\D?)\/s$/.exec(formatRate(ratePerS)) ?? [];
  return `${number}${prefix} msg/s`;
}
