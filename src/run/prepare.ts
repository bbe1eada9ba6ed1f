import { resolve } from "node:path";
import { drivers, loadDriver, loadDriverModule, resolveTarget } from "../drivers/registry.ts";
import { ENVELOPE_BYTES, KEYED_ENVELOPE_BYTES } from "../load/envelope.ts";
import { targetText } from "../model/target.ts";
import { readProfile, readProfileSchema } from "../store/profiles.ts";
import { parseThreshold } from "../verify/thresholds.ts";
import type { PlanTarget } from "./plan/build.ts";
import type { PlanFlags } from "./plan/flags.ts";
import { problemsError } from "./plan/problem.ts";
import { type PlanSet, resolvePlans } from "./plan/resolve.ts";

export interface RunInput {
  readonly profile: string;
  readonly flags: PlanFlags;
  /** Path of a driver of the user's own. */
  readonly driver?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Everything that can be known to be wrong before anything starts.
 * @throws UserError with every problem of profile, flags and environment
 */
export async function preparePlans(input: RunInput): Promise<PlanSet> {
  const own = await ownDriver(input.driver);
  const set = await resolvePlans({
    profile: input.profile,
    flags: own && !input.flags.on ? { ...input.flags, on: [targetText(own)] } : input.flags,
    env: input.env,
    schema: readProfileSchema(),
    read: readProfile,
    envelope: { plain: ENVELOPE_BYTES, keyed: KEYED_ENVELOPE_BYTES },
    metricOf: (text) => parseThreshold(text, "profile").metric.name,
    resolveTarget: (text) => (own && matches(own, text) ? own : resolveTarget(text)),
    capabilitiesOf: async (target, options, isolation) => {
      const factory = await loadDriver(target, target.driverModule);
      const settings = { url: "", mode: target.mode, options };
      return factory(isolation === undefined ? settings : { ...settings, isolation }).capabilities;
    },
    transactional: transactionalTargets,
  });
  if (set.problems.length > 0) throw problemsError(set.problems);
  return set;
}

async function transactionalTargets(system: string): Promise<readonly string[]> {
  const able: string[] = [];
  for (const target of drivers().filter((d) => d.system === system)) {
    const { capabilities } = (await loadDriver(target))({ url: "", mode: target.mode, options: {} });
    if (capabilities.transactions) able.push(targetText(target));
  }
  return able;
}

async function ownDriver(path: string | undefined): Promise<PlanTarget | undefined> {
  if (path === undefined) return undefined;
  const driverModule = resolve(path);
  const { system, mode, client } = await loadDriverModule(driverModule);
  return { system, mode, client, driverModule };
}

function matches(own: PlanTarget, text: string): boolean {
  const [, system, mode = own.mode, client = own.client] =
    /^([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(text.trim()) ?? [];
  return system === own.system && mode === own.mode && client === own.client;
}
