import type { RunResult } from "../model/result.ts";
import { axesOf, groupBy } from "./series.ts";
import { flatten, valueText } from "./settings.ts";

/**
 * What makes a comparison unequal, one sentence each, the weightiest first: a table of numbers means
 * nothing until this is known. Empty: the same work, promised alike, measured by the same tool and machine.
 */
export function inequalities(runs: readonly RunResult[]): readonly string[] {
  const differs = (what: string, of: (run: RunResult) => string): string[] => {
    const values = groupBy(runs, of);
    return values.size < 2 ? [] : [`${what}: ${spread(runs, of)}`];
  };
  const axes = new Set(axesOf(runs));
  const settings = runs.map((run) => flatten(run.plan));
  const paths = [...new Set(settings.flatMap((s) => [...s.keys()]))].filter((path) => !axes.has(path));
  const isShared = (of: (run: RunResult) => string): readonly RunResult[] =>
    [...groupBy(runs, of).values()].find((own) => versionsOf(own).size > 1) ?? [];
  const mixed = isShared((run) => run.target.name);
  return [
    ...differs("an acknowledgement does not mean the same", ({ target: { durability: d } }) =>
      d.copies === "none"
        ? "nothing acknowledged"
        : `${d.copies === "one" ? "one copy" : d.copies}, ${d.flush}`,
    ),
    ...differs("not all runs were finished", (run) => run.state),
    ...paths.flatMap((path) =>
      differs(`the work differs (${path})`, (run) => valueText(path, flatten(run.plan).get(path) ?? null)),
    ),
    ...differs("the brokers do not live alike", (run) => PLACE[run.target.origin]),
    ...(mixed.length === 0 ? [] : [`one target in several versions: ${[...versionsOf(mixed)].join("; ")}`]),
    ...differs(
      "measured on different machines",
      ({ environment: e }) => `${e.host} (${e.cores} × ${e.cpu}, ${e.kernel})`,
    ),
    ...differs("measured by different versions of mqbench", (run) => run.tool.version),
    ...differs("measured on different versions of Node", (run) => run.tool.node),
  ];
}

/** Whether mqbench started the broker, or found it running, is the same to a comparison. */
const PLACE: Readonly<Record<RunResult["target"]["origin"], string>> = {
  given: "yours",
  up: "local",
  started: "local",
  none: "inside mqbench",
};

/** `kafka:log@kafkajs majority, page cache; rabbitmq:quorum@amqplib majority, fsync` */
function spread(runs: readonly RunResult[], of: (run: RunResult) => string): string {
  const byTarget = groupBy(runs, (run) => run.target.name);
  return [...byTarget].map(([name, own]) => `${name} ${[...new Set(own.map(of))].join(" or ")}`).join("; ");
}

function versionsOf(runs: readonly RunResult[]): ReadonlySet<string> {
  return new Set(runs.map(({ target: t }) => `${t.name} ${t.version}, client ${t.clientVersion}`));
}
