import { createRequire } from "node:module";
import type { Plan } from "../model/plan.ts";
import type { RunIdentity, RunResult } from "../model/result.ts";
import { withoutPasswords } from "../model/secrets.ts";
import { targetText } from "../model/target.ts";
import { readEnvironment } from "./environment.ts";

/** mqbench's own version. */
export const { version: toolVersion } = createRequire(import.meta.url)("../../package.json") as {
  version: string;
};

/** The result of a run that has not begun: what run.json says until there is more to say. */
export function emptyResult(plan: Plan, run: RunIdentity): RunResult {
  return {
    schema: "mqbench/run",
    schemaVersion: "1.0",
    state: "running",
    tool: { name: "mqbench", version: toolVersion, node: process.versions.node },
    run,
    environment: readEnvironment(),
    target: {
      name: targetText(plan.target),
      version: "",
      clientVersion: "",
      address: "",
      origin: "none",
      durability: { copies: "none", flush: "memory" },
      options: {},
      notes: [],
    },
    plan: { ...plan, driverOptions: JSON.parse(withoutPasswords(JSON.stringify(plan.driverOptions))) },
    phases: [],
    counts: {
      offered: 0,
      acked: 0,
      failed: 0,
      unknown: 0,
      unasked: 0,
      late: 0,
      delivered: 0,
      unique: 0,
      redelivered: 0,
      copied: 0,
      lost: 0,
      missing: 0,
      undelivered: 0,
      recovered: 0,
      phantom: 0,
      unexpected: 0,
      foreign: 0,
      corrupt: 0,
      reordered: 0,
      bytesOffered: 0,
    },
    subscriptions: [],
    rates: { offered: null, sent: 0, publish: 0, consume: 0, achieved: null, publishBytes: 0 },
    latency: {},
    series: {
      intervalS: 1,
      t: [],
      sent: [],
      published: [],
      consumed: [],
      e2eP50: [],
      e2eP99: [],
      e2eMax: [],
      backlog: [],
    },
    findings: [],
    harness: {
      latenessP50Ns: 0,
      latenessP99Ns: 0,
      blockedShare: 0,
      cpuS: 0,
      cpuPerMessageNs: 0,
      loopDelayP99Ns: 0,
      loopDelayMaxNs: 0,
      rssMaxBytes: 0,
      agents: [],
    },
    thresholds: [],
    warnings: [],
    events: [],
    metrics: {},
    exit: { code: 0, reasons: [] },
  };
}
