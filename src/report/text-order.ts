import type { BrokenSide, LaneOrder, OrderResult, ProcessingOrder, RereadResult } from "../model/order.ts";
import type { RunResult } from "../model/result.ts";
import { formatCount, formatDuration } from "../model/units.ts";
import { paint, type Style } from "./style.ts";
import { alignTable, wrap } from "./table.ts";

/** Order in the scopes that were looked at, and what was read again; nothing where nothing was late or asked for. */
export function orderLines({ order, reread }: RunResult, style: Style): readonly string[] {
  return [...scopeLines(order, style), ...rereadLines(reread)];
}

function scopeLines(order: OrderResult | undefined, style: Style): readonly string[] {
  if (order === undefined) return [];
  const { log, delivery, processing = [], brokeAt } = order;
  const isDull = log === undefined && processing.length === 0 && delivery.every((d) => d.late === 0);
  if (isDull) return [];
  const rows = [
    ...(log === undefined ? [] : [row("log", log)]),
    ...delivery.map((d) => row(`delivery ${d.subscription}`, d)),
    ...processing.map((p) => row(`processing ${p.subscription}`, p)),
  ];
  const heads = ["scope", "first sights", "late", "displaced p50", "p99", "max"];
  const align = ["left", "right", "right", "right", "right", "right"] as const;
  const broke = brokeAt === "nowhere" ? BROKE[brokeAt] : paint(BROKE[brokeAt], "warn", style);
  return [
    paint("Order (late: behind a later one of the same producer and partition)", "strong", style),
    ...alignTable([heads, ...rows], align),
    ...processing.flatMap(beyondLanes),
    ...wrap(broke, 2, "· "),
  ];
}

function row(scope: string, o: LaneOrder): readonly string[] {
  const numbers = [o.messages, o.late, o.p50Displacement, o.p99Displacement, o.maxDisplacement];
  return [scope, ...numbers.map(formatCount)];
}

function beyondLanes({ subscription, keys, global }: ProcessingOrder): readonly string[] {
  const texts: string[] = [];
  if (keys)
    texts.push(
      `by key: ${formatCount(keys.late)} late${keys.maxBehindNs > 0 ? ` by up to ${formatDuration(keys.maxBehindNs)}` : ""}, ${formatCount(keys.hit)} of ${formatCount(keys.seen)} keys hit${keys.split > 0 ? `, ${formatCount(keys.split)} in more than one partition` : ""}`,
    );
  if (global)
    texts.push(
      `over all partitions: ${formatCount(global.late)} late, by up to ${formatDuration(global.maxBehindNs)}`,
    );
  return texts.length === 0 ? [] : wrap(`${subscription} ${texts.join("; ")}`, 2, "· ");
}

const BROKE: Readonly<Record<BrokenSide, string>> = {
  nowhere: "order within partitions was kept wherever it was looked at",
  producer: "order broke on the producer's side: it is lost in the log itself",
  consumer: "order broke on the consumer's side: on the way to it, by redelivery, or in it",
  both: "order broke on both sides: in the log, and again on the way out of it",
  unknown: "where order broke is not known: there is no log that could be read again",
};

function rereadLines(reread: RereadResult | undefined): readonly string[] {
  if (reread === undefined) return [];
  const { kind, because, records, unique, copied, foreign, corrupt, tookNs, incomplete, absent } = reread;
  const isLog = kind === "log";
  const what = isLog
    ? "The log was read again, from its beginning"
    : "What was left in the queues was taken out";
  const others =
    foreign + corrupt === 0 ? "" : `, ${formatCount(foreign + corrupt)} that are none of this run`;
  const sentences = [
    `${what} (${because}): ${formatCount(records)} records in ${formatDuration(tookNs)}, ${formatCount(unique)} messages, ${formatCount(copied)} ${copied === 1 ? "copy" : "copies"}${others}`,
    ...(incomplete === undefined
      ? []
      : [`it is not whole, so nothing follows from what is not in it: ${incomplete}`]),
    ...absent
      .filter((a) => a.stored + a.gone > 0)
      .map(
        (a) =>
          `of what ${a.subscription} lacks, the broker still has ${formatCount(a.stored)} and ${isLog ? "has lost" : "no longer has"} ${formatCount(a.gone)}`,
      ),
  ];
  return ["Read again", ...sentences.flatMap((s) => wrap(s, 2, "· "))];
}
