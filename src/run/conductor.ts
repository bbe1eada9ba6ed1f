import { setTimeout as sleep } from "node:timers/promises";
import type { Driver } from "../drivers/driver.ts";
import { createClock, type Instant, later } from "../load/clock.ts";
import { opensInTurn } from "../load/opening.ts";
import type { AgentInfo, AgentInit, FromAgent } from "../load/protocol.ts";
import { BrokerError, messageOf, UserError } from "../model/errors.ts";
import { isClientFault, isNodeDown } from "../model/fault.ts";
import type { BrokerResources, DepthSeries, MachineResult } from "../model/harness.ts";
import type { Plan } from "../model/plan.ts";
import type { Phase, RunEvent } from "../model/result.ts";
import type { Topology } from "../model/topology.ts";
import { type AgentProcess, startAgent } from "./agent-process.ts";
import { askDepth } from "./ask-depth.ts";
import { type DepthWatch, watchDepth } from "./depths.ts";
import { type DrainEnd, drain } from "./drain.ts";
import type { FaultCrew } from "./faults.ts";
import { createLostLinks } from "./lost-links.ts";
import { type MeasureWatch, watchMeasurePhase } from "./measure-watch.ts";
import { announcePhases, phasesOf } from "./phases.ts";
import type { LocalBroker } from "./resources.ts";
import { dealSeats } from "./seats.ts";
import { createSuccession } from "./succession.ts";
import { Tally } from "./tally.ts";
import { Waits } from "./waits.ts";

/** Why a run ended before its plan did. */
export type EarlyEnd =
  | { readonly kind: "signal"; readonly name: "SIGINT" | "SIGTERM" }
  | { readonly kind: "broker"; readonly message: string }
  | { readonly kind: "overloaded"; readonly backlogNs: number }
  | { readonly kind: "bug"; readonly message: string };

/** What a run brought, before it is judged. */
export interface Recording {
  readonly tally: Tally;
  readonly info: AgentInfo;
  readonly phases: readonly Phase[];
  /** When the last message was sent and settled. */
  readonly producedNs: number;
  readonly drain: DrainEnd;
  readonly events: readonly RunEvent[];
  readonly earlyEnd: EarlyEnd | undefined;
  /** In the measure phase. */
  readonly machine: MachineResult | undefined;
  readonly resources: BrokerResources | undefined;
  readonly depth: DepthSeries | undefined;
}

export interface Conducted {
  readonly plan: Plan;
  readonly topology: Topology;
  readonly runNumber: number;
  readonly url: string;
  readonly managementUrl?: string;
  /** Connected; undefined where the stream lives in the agent. */
  readonly driver: Driver | undefined;
  /** Where consumers keep their effects, in a plan that has them. */
  readonly effects?: string;
  /** Injects the plan's faults, where it has some. */
  readonly faults?: FaultCrew | undefined;
  /** Where the broker's processes are known. */
  readonly broker?: LocalBroker;
  readonly signal: AbortSignal;
  /** Called each second with what is known so far. */
  onSecond(tally: Tally, atNs: number): void;
  onPhase(name: Phase["name"]): void;
}

/** Time between "start" and the run's time 0: every agent must have heard it by then. */
const LEAD_NS = 200e6;
const SECOND_MS = 1000;
const LINKS_MS = 500;
/** What is in flight gets this long after Ctrl-C or a lost broker. */
const HURRIED_MS = 2000;
/** Agents that do not close in this time are ended; without a broker they have less to wait for. */
const FINISH_MS = 10_000;
const FINISH_LOST_MS = 3000;

/**
 * Conducts one run: starts the agents, lets them warm up, measure and drain, and merges what they ship.
 * @throws UserError or BrokerError when an agent cannot begin. Once messages flow nothing is thrown: what
 * was measured is returned, with the reason in `earlyEnd`.
 */
export async function conduct(c: Conducted): Promise<Recording> {
  const { plan, topology, signal } = c;
  const events: RunEvent[] = [];
  const clock = createClock(process.hrtime());
  const waits = new Waits();
  const end: { early?: EarlyEnd } = {};
  // A call: it changes in callbacks, which the compiler's flow analysis does not follow.
  const early = (): EarlyEnd | undefined => end.early;
  let tally: Tally | undefined;
  let info: AgentInfo | undefined;
  let running = true;
  let origin: Instant | undefined;
  let isDraining = false;
  const links = createLostLinks();

  const endEarly = (why: EarlyEnd): void => {
    if (end.early === undefined && running) {
      end.early = why;
      void c.faults?.stop();
      succession.cancel();
      for (const a of agents)
        a.tell({
          type: "stop",
          flushMs: why.kind === "overloaded" ? plan.producers.publishTimeoutNs / 1e6 : HURRIED_MS,
        });
    }
    waits.changed();
  };

  const hear = (agent: AgentProcess, message: FromAgent): void => {
    switch (message.type) {
      case "ready":
        info = message.info;
        succession.ready(agent, isDraining);
        break;
      case "tick":
        tally?.tick(agent.name, message);
        links.tick(agent.name, message);
        return;
      case "event":
        if (events.length < EVENTS)
          events.push({
            atNs: message.atNs,
            source: message.source,
            kind: message.kind,
            detail: message.detail,
          });
        links.event(agent.name, message);
        if (message.kind === "broken")
          endEarly({ kind: "broker", message: `${message.source}: ${message.detail}` });
        return;
      case "mark":
        c.faults?.mark(agent.name, message);
        return;
      case "left":
        c.faults?.left(message.taken);
        return;
      case "overloaded":
        endEarly({ kind: "overloaded", backlogNs: message.backlogNs });
        return;
      case "produced":
        if (agent.init.consumers.length === 0) links.produced(agent.name);
        break;
      case "depth":
        waits.depth = message.messages;
        break;
      case "error":
        if (!waits.started) waits.fail(errorOf(message));
        else
          endEarly(
            message.kind === "bug"
              ? { kind: "bug", message: message.stack ?? message.message }
              : { kind: "broker", message: message.message },
          );
        return;
    }
    waits.mark(agent.name, message.type);
  };

  const seats = dealSeats(plan, c.driver === undefined);
  const launch = (init: AgentInit): AgentProcess =>
    startAgent(init, {
      control: hear,
      frame: (agent, type, payload) => tally?.frame(agent.name, type, payload),
      exit: (agent, expected, how) => {
        if (expected) return;
        if (running && tally && origin && succession.died(agent, tally, origin)) return;
        const message = `the agent "${agent.name}" ended unexpectedly (${how})`;
        if (waits.started) endEarly({ kind: "bug", message });
        else waits.fail(new Error(message));
        waits.gone(agent.name);
      },
    });
  const agents = seats.map((seat) => {
    const journal = c.faults?.crashes.journalFor(seat);
    return launch({
      type: "init",
      plan,
      topology,
      runNumber: c.runNumber,
      url: c.faults?.urlFor(seat) ?? c.url,
      ...(c.managementUrl === undefined ? {} : { managementUrl: c.managementUrl }),
      ownsStream: c.driver === undefined,
      ...seat,
      ...(c.effects === undefined ? {} : { effects: c.effects }),
      ...(journal === undefined ? {} : { journal }),
    });
  });
  const producers = agents.filter((a) => a.init.producers.length > 0);
  const succession = createSuccession({
    crashes: c.faults?.crashes,
    clock,
    lists: [agents, producers],
    launch,
    gone: (name) => waits.gone(name),
    late: (message) => endEarly({ kind: "broker", message }),
  });
  tally = new Tally(plan, topology.subscriptions, agents);
  let second: NodeJS.Timeout | undefined;
  let watchLinks: NodeJS.Timeout | undefined;
  let depths: DepthWatch | undefined;
  let measure: MeasureWatch | undefined;
  const onAbort = (): void =>
    endEarly({ kind: "signal", name: signal.reason === "SIGTERM" ? "SIGTERM" : "SIGINT" });
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();

  const consume = async (told: readonly AgentProcess[]): Promise<void> => {
    for (const a of told) a.tell({ type: "consume" });
    await waits.all(told, "consuming", () => early() !== undefined);
  };

  try {
    await waits.all(agents, "ready", () => early() !== undefined);
    if (opensInTurn(plan)) for (const a of agents) if (a.init.consumers.length > 0) await consume([a]);
    // Nothing was sent yet: there is nothing to summarize.
    if (early() !== undefined || info === undefined) throw new Error("stopped before the first message");
    const ready = info;
    waits.started = true;
    origin = later(process.hrtime() as [number, number], LEAD_NS);
    clock.setOrigin(origin);
    for (const a of agents) a.tell({ type: "start", origin });
    c.faults?.start(origin, clock, agents, (event) => events.push(event));
    second = setInterval(() => c.onSecond(tally, clock.now()), SECOND_MS);
    watchLinks = setInterval(() => {
      const now = clock.now();
      const lost = links.check(now, c.faults?.excusedUntilNs(now));
      if (lost !== undefined) endEarly({ kind: "broker", message: lost });
    }, LINKS_MS);
    const announce = announcePhases(plan, clock, c.onPhase);
    depths = watchDepth(() => askDepth(c, agents, waits), clock);
    measure = watchMeasurePhase(plan.phases, clock, c.broker);
    await waits.all(producers, "produced", () => early() !== undefined && clock.now() < 0);
    announce.stop();
    await c.faults?.stop();
    measure.stop();
    const depthsOver = depths.stop();
    const producedNs = Math.max(0, clock.now());
    if (plan.consumers.start === "after-producers" && early() === undefined) await consume(agents);
    await waits.until(() => succession.pending === 0 || early() !== undefined);
    c.onPhase("drain");
    isDraining = true;
    for (const a of agents) a.tell({ type: "drain", everyMs: 100 });
    const drained = await drain({
      plan,
      tally,
      clock,
      mayRepeat: plan.faults.some((f) => isClientFault(f) || isNodeDown(f) || f.kind === "join"),
      hurriedMs: () => {
        const why = early();
        return why !== undefined && why.kind !== "overloaded" ? HURRIED_MS : undefined;
      },
      // One question at a time: the answer to the last of the series may still be on its way.
      depth: () => depthsOver.then(() => askDepth(c, agents, waits)),
    });
    running = false;
    for (const a of agents) a.tell({ type: "finish" });
    await Promise.race([
      Promise.all(agents.map((a) => a.gone)),
      sleep(early()?.kind === "broker" ? FINISH_LOST_MS : FINISH_MS, undefined, { ref: false }),
    ]);
    return {
      tally,
      info: ready,
      producedNs,
      phases: phasesOf(plan, producedNs, clock.now()),
      drain: drained,
      events,
      earlyEnd: early(),
      machine: measure.machine(),
      resources: measure.resources(tally.producers.reduce((n, p) => n + p.sentInWindow, 0)),
      depth: depths.result(),
    };
  } finally {
    signal.removeEventListener("abort", onAbort);
    running = false;
    succession.cancel();
    clearInterval(second);
    clearInterval(watchLinks);
    measure?.stop();
    void depths?.stop();
    for (const a of agents) a.kill();
    await Promise.all(agents.map((a) => a.gone));
  }
}

/** Events beyond this many say nothing new. */
const EVENTS = 1000;
function errorOf(m: Extract<FromAgent, { type: "error" }>): Error {
  if (m.kind === "user") return new UserError(m.message, { code: m.code, hints: m.hints });
  if (m.kind === "broker") return new BrokerError(m.message, { code: m.code, hints: m.hints });
  const bug = new Error(messageOf(m.message));
  if (m.stack) bug.stack = m.stack;
  return bug;
}
