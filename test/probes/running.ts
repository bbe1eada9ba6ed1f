import { requestedProbes } from "../../src/probes/request.ts";
import { type ProbesDone, runProbes } from "../../src/probes/run-probes.ts";
import { temporaryFolder } from "../support/run.ts";

export interface Asking {
  readonly names: readonly string[];
  readonly modes: readonly { readonly system: string; readonly mode: string }[];
  readonly urls: ReadonlyMap<string, string>;
  readonly signal?: AbortSignal;
}

/** What `mqbench probe` does, without a terminal. */
export function ask({ names, modes, urls, signal }: Asking): Promise<ProbesDone> {
  return runProbes({
    probes: requestedProbes(names, []).probes,
    modes,
    urls,
    out: temporaryFolder(),
    command: "mqbench probe",
    signal: signal ?? new AbortController().signal,
    note() {},
  });
}

/** Probe → verdict, and what was not as the documentation says. */
export function verdicts({ result, error }: ProbesDone): Readonly<Record<string, string>> {
  if (error !== undefined) throw error;
  return Object.fromEntries(
    result.rows.map((r) => [
      r.probe,
      r.verdict === r.expected ? r.verdict : `${r.verdict}, not ${r.expected}: ${r.because}`,
    ]),
  );
}
