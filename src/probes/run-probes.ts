import { join } from "node:path";
import { BrokerError } from "../model/errors.ts";
import type { ProbeResult, ProbeRow } from "../model/probe.ts";
import { type BrokerPool, createBrokerPool } from "../run/brokers.ts";
import { toolVersion } from "../run/empty-result.ts";
import { readEnvironment } from "../run/environment.ts";
import { createProbeFolder } from "../store/probe-folder.ts";
import { createRunId } from "../store/run-id.ts";
import { expectedOf, type Found, type Probe } from "./probe.ts";
import { loadHands } from "./registry.ts";
import { modeText, type ProbedMode } from "./request.ts";
import { until } from "./waiting.ts";

export interface ProbeRequest {
  readonly probes: readonly Probe[];
  readonly modes: readonly ProbedMode[];
  /** System → URL, where the user gave one. */
  readonly urls: ReadonlyMap<string, string>;
  /** Folder for results. */
  readonly out: string;
  readonly command: string;
  readonly signal: AbortSignal;
  note(line: string): void;
}

export interface ProbesDone {
  readonly result: ProbeResult;
  readonly folder: string;
  /** What ended it before its time; what was found until then is in the result. */
  readonly error: unknown;
  readonly troubles: readonly string[];
}

/** One probe on one mode takes some seconds; a broker that makes it take this long does not answer any more. */
const BOUND_MS = 300_000;

/** Does every probe on every mode, one after another, and stores what they found. */
export async function runProbes(r: ProbeRequest): Promise<ProbesDone> {
  const id = `${createRunId(new Date())}-probe`;
  const store = await createProbeFolder(join(r.out, id));
  const startedAt = new Date().toISOString();
  const pool = createBrokerPool({ urls: r.urls, onProgress: r.note, signal: r.signal });
  const rows: ProbeRow[] = [];
  let error: unknown;
  try {
    for (const [i, mode] of r.modes.entries()) {
      await pool.keepOnly(new Set(r.modes.slice(i).map((m) => m.system)));
      for (const probe of r.probes) {
        r.signal.throwIfAborted();
        r.note(`${probe.name} on ${modeText(mode)}`);
        rows.push(await probeOne(probe, mode, pool, { id, signal: r.signal }));
      }
    }
  } catch (caught) {
    error = caught;
  } finally {
    await pool.releaseAll();
  }
  const result: ProbeResult = {
    schema: "mqbench/probe",
    schemaVersion: "1.0",
    tool: { name: "mqbench", version: toolVersion, node: process.versions.node },
    id,
    startedAt,
    endedAt: new Date().toISOString(),
    command: r.command,
    environment: readEnvironment(),
    rows,
  };
  await store.write(result);
  return { result, folder: store.path, error, troubles: store.troubles };
}

async function probeOne(
  probe: Probe,
  mode: ProbedMode,
  pool: BrokerPool,
  o: { readonly id: string; readonly signal: AbortSignal },
): Promise<ProbeRow> {
  const place = await pool.obtain(mode.system);
  const makeHands = await loadHands(mode.system);
  const ending = new AbortController();
  const stop = (): void => ending.abort(new Error(`stopped by ${String(o.signal.reason)}`));
  if (o.signal.aborted) stop();
  else o.signal.addEventListener("abort", stop, { once: true });
  const bound = setTimeout(() => ending.abort(tooLong(probe, mode)), BOUND_MS);
  try {
    const settings = {
      url: place.url,
      mode: mode.mode,
      prefix: `mqbench-${o.id}-${mode.mode}-${probe.name}`,
      signal: ending.signal,
      fail: (broken: Error) => ending.abort(broken),
    };
    const hands = await makeHands(settings);
    try {
      const version = place.version || hands.version;
      const found = await until(ending.signal, probe.run(hands, { signal: ending.signal }) ?? LACKING);
      return rowOf(probe, found, {
        target: `${modeText(mode)}@${hands.client}`,
        mode: modeText(mode),
        version,
      });
    } finally {
      await hands.close();
    }
  } finally {
    clearTimeout(bound);
    o.signal.removeEventListener("abort", stop);
  }
}

const LACKING: Promise<Found> = Promise.resolve({
  verdict: "not-testable",
  because: "mqbench has no way to do this in this mode",
  facts: [],
});

function rowOf(
  probe: Probe,
  { verdict, because, facts }: Found,
  { target, mode, version }: { readonly target: string; readonly mode: string; readonly version: string },
): ProbeRow {
  return {
    probe: probe.name,
    sentence: probe.sentence,
    target,
    version,
    verdict,
    expected: expectedOf(probe.expects, mode, version),
    because,
    facts,
    claims: probe.claims,
  };
}

function tooLong(probe: Probe, mode: ProbedMode): BrokerError {
  return new BrokerError(`${probe.name} on ${modeText(mode)} did not end within ${BOUND_MS / 1000} s`, {
    code: "PROBE_FAILED",
    hints: ["Look at the broker's log; a probe needs a broker that answers."],
  });
}
