import type { Measured, RunFact } from "../../advisor/evidence/fact.ts";
import { type Remark, rulesOf } from "../../advisor/evidence/remark.ts";
import type { Words } from "../../advisor/words.ts";
import { formatCount, formatDuration, formatRate, formatSize } from "../../model/units.ts";

/** A remark as a sentence: what was measured, on which day, of what, and under which settings. */
export function remarkText(words: Words, remark: Remark): string {
  const [fact] = remark.facts;
  const text = words.say(keyOf(remark), {
    target: brokerText(words, remark, 0),
    date: dayOf(fact.startedAt),
    failed: fact.kind === "run" && fact.failedThreshold ? words.say("evidence.failedThreshold") : "",
    ...(fact.kind === "run" ? runValues(words, fact) : {}),
    ...ownValues(words, remark),
  });
  const rules = rulesOf(remark);
  return [
    text,
    ...(remark.verdict === "short" && remark.isRecommended ? [words.say("evidence.weigh")] : []),
    ...(rules.length === 0 ? [] : [`[${rules.join(", ")}]`]),
  ].join(" ");
}

function keyOf(remark: Remark): string {
  if (remark.kind === "summary") return "evidence.summary";
  const why = remark.kind === "latency" && remark.unsettled !== undefined ? `.${remark.unsettled}` : "";
  return `evidence.${remark.kind}.${remark.verdict}${why}`;
}

/** Target and version, and that the answers named another one. */
function brokerText(words: Words, remark: Remark, i: number): string {
  const { target, version } = remark.facts[i]!;
  const answered = remark.otherVersions[i];
  const other = answered === undefined ? "" : ` ${words.say("evidence.version", { answered })}`;
  return `${target} ${version}${other}`;
}

/** `2026-11-21`, UTC. */
function dayOf(iso: string): string {
  return iso.slice(0, 10);
}

function ownValues(words: Words, remark: Remark): Readonly<Record<string, string | number>> {
  switch (remark.kind) {
    case "summary":
      return {};
    case "rate":
    case "weaker":
      return { needed: formatRate(remark.neededPerS) };
    case "overloaded":
      return {
        needed: formatRate(remark.neededPerS),
        offered: formatRate(remark.facts[0].offeredPerS ?? 0),
      };
    case "latency":
      return { needed: formatDuration(remark.neededMs * 1e6) };
    case "probe": {
      const said = (v: string) => words.say(`evidence.probe.is.${v}`);
      const targets = remark.facts.map(({ verdict, expected, because }, i) =>
        words.say(`evidence.probe.one.${remark.verdict}`, {
          target: brokerText(words, remark, i),
          because: because.replace(/\.$/, ""),
          verdict: said(verdict),
          expected: said(expected),
        }),
      );
      return { sentence: remark.facts[0].sentence, targets: targets.join(" · ") };
    }
    case "quicker": {
      const key = remark.by === "rate" ? "rate" : "p50";
      const [a, b] = remark.facts.map(
        (f, i) =>
          `${brokerText(words, remark, i)} ${measuredText(words, f[key]!, remark.by)} (${ackText(words, f)})`,
      );
      return { by: words.say(`evidence.by.${remark.by}`), first: a!, second: b! };
    }
    case "trap": {
      const [fact] = remark.facts;
      const finding = fact.prediction!;
      return { finding, count: formatCount(fact.findings.get(finding) ?? 0) };
    }
    case "guarantee":
      return { guarantee: remark.facts[0].guarantee!.name, runs: remark.facts.length };
    case "most":
    case "seen":
      return {};
  }
}

function runValues(words: Words, fact: RunFact): Readonly<Record<string, string | number>> {
  const { rate, p50, p99 } = fact;
  const kept = rate ? measuredText(words, rate, "rate") : words.say("evidence.summary.rate");
  const timed = p50 !== undefined && p99 !== undefined;
  return {
    rate: kept,
    ...(p99 === undefined ? {} : { p99: measuredText(words, p99, "latency") }),
    latency: timed
      ? words.say("evidence.summary.latency", {
          p50: measuredText(words, p50, "latency"),
          p99: measuredText(words, p99, "latency"),
        })
      : "",
    lost: formatCount(fact.lost),
    offered: formatCount(fact.offered),
    profile: fact.profile,
    fault: fact.faults.map((f) => `, ${f.kind} ${f.side}`).join(""),
    findings: [...fact.findings]
      .filter(([code]) => /LATE|REDELIVERED/.test(code))
      .map(([code, count]) => `${code} ${formatCount(count)}`)
      .join(", "),
    how: howText(words, fact),
  };
}

/** Load, size, shape, and what an acknowledgement meant: what makes two numbers comparable. */
function howText(words: Words, fact: RunFact): string {
  const load =
    fact.load === "closed"
      ? words.say("evidence.how.closed")
      : fact.offeredPerS === undefined
        ? ""
        : words.say("evidence.how.open", { rate: formatRate(fact.offeredPerS) });
  const { partitions, subscriptions } = fact;
  return words.say("evidence.how", {
    load,
    size: formatSize(fact.sizeBytes),
    shape:
      partitions === 1 && subscriptions === 1
        ? ""
        : words.say("evidence.how.shape", { partitions, subscriptions }),
    ack: ackText(words, fact),
  });
}

function ackText(words: Words, fact: RunFact): string {
  const { copies, flush } = fact.durability;
  return copies === "none"
    ? words.say("evidence.ack.none")
    : words.say("evidence.ack.some", {
        copies: words.say(`evidence.copies.${fact.hasOneCopy ? "only" : copies}`),
        flush: words.say(`evidence.flush.${flush}`),
      });
}

function measuredText(words: Words, { value, validity }: Measured, of: "rate" | "latency"): string {
  const text = of === "rate" ? formatRate(value) : formatDuration(value);
  return validity === "valid" ? text : `${text}${words.say(`evidence.${validity}`)}`;
}
