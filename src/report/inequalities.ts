import type { RunResult } from "../model/result.ts";
import { promiseKeys, promiseText } from "./promise.ts";
import { arrange, axesOf, groupBy, namesOf } from "./series.ts";
import { flatten, valueText } from "./settings.ts";

/** One thing that is not the same for all runs, and what it is for each target. */
export interface Inequality {
  readonly what: string;
  readonly values: readonly { readonly target: string; readonly value: string }[];
}

/**
 * What makes a comparison unequal, one sentence each, the weightiest first: a table of numbers means
 * nothing until this is known. Empty: the same work, promised alike, measured by the same tool and machine.
 */
export function inequalities(runs: readonly RunResult[]): readonly string[] {
  const promise = unequalPromise(runs);
  return [...(promise === undefined ? [] : [sentence(promise)]), ...otherInequalities(runs)];
}

/** What an acknowledgement means on each target, where it is not the same at some point of the series. */
export function unequalPromise(runs: readonly RunResult[]): Inequality | undefined {
  // Of a target that was never reached nothing is known.
  const known = runs.filter((run) => run.target.version !== "");
  const keys = promiseKeys(known);
  const differs = arrange(known).some(
    ({ columns }) => new Set(columns.flatMap((c) => c.runs.map((run) => keys.get(run)))).size > 1,
  );
  if (!differs) return undefined;
  return { what: "an acknowledgement means different things", values: spread(known, promiseOf) };
}

/** All but the meaning of an acknowledgement, one sentence each. */
export function otherInequalities(runs: readonly RunResult[]): readonly string[] {
  const differs = (what: string, of: (run: RunResult) => string): string[] =>
    groupBy(runs, of).size < 2 ? [] : [sentence({ what, values: spread(runs, of) })];
  const axes = new Set(axesOf(runs));
  const settings = runs.map((run) => flatten(run.plan));
  const paths = [...new Set(settings.flatMap((s) => [...s.keys()]))].filter((path) => !axes.has(path));
  const mixed = [...groupBy(runs, (run) => run.target.name).values()].filter(
    (own) => versionsOf(own).size > 1,
  );
  return [
    ...differs("not all runs were finished", (run) => run.state),
    ...paths.flatMap((path) =>
      differs(`the work differs (${path})`, (run) => valueText(path, flatten(run.plan).get(path) ?? null)),
    ),
    ...differs("the brokers do not live alike", (run) => PLACE[run.target.origin]),
    ...mixed.map((own) => `one target in several versions: ${[...versionsOf(own)].join("; ")}`),
    ...differs(
      "measured on different machines",
      ({ environment: e }) => `${e.host} (${e.cores} × ${e.cpu}, ${e.kernel})`,
    ),
    ...differs("measured by different versions of mqbench", (run) => run.tool.version),
    ...differs("measured on different versions of Node", (run) => run.tool.node),
  ];
}

const promiseOf = (run: RunResult): string => promiseText(run.target);

/** Whether mqbench started the broker, or found it running, is the same to a comparison. */
const PLACE: Readonly<Record<RunResult["target"]["origin"], string>> = {
  given: "yours",
  up: "local",
  started: "local",
  none: "inside mqbench",
};

function spread(runs: readonly RunResult[], of: (run: RunResult) => string): Inequality["values"] {
  const nameOf = namesOf(runs);
  return [...groupBy(runs, (run) => run.target.name)].map(([name, own]) => ({
    target: nameOf(name),
    value: [...new Set(own.map(of))].join(" or "),
  }));
}

/** `the work differs (consumers.sharing): kafka:log: exclusive; rabbitmq:quorum, rabbitmq:classic: compete` */
function sentence({ what, values }: Inequality): string {
  const groups = [...groupBy(values, (v) => v.value)];
  const [only, ...more] = groups;
  const of = (same: Inequality["values"]): string => same.map((v) => v.target).join(", ");
  // Runs of one target, or all alike mixed: whose they are says nothing.
  if (only !== undefined && more.length === 0) return `${what}: ${only[0]}`;
  return `${what}: ${groups.map(([value, same]) => `${of(same)}: ${value}`).join("; ")}`;
}

function versionsOf(runs: readonly RunResult[]): ReadonlySet<string> {
  return new Set(
    runs
      .filter(({ target: t }) => t.version !== "")
      .map(({ target: t }) => `${t.name} ${t.version}, client ${t.clientVersion}`),
  );
}
