import type { Capabilities } from "../../../src/drivers/driver.ts";
import { resolveTarget } from "../../../src/drivers/registry.ts";
import { UserError } from "../../../src/model/errors.ts";
import type { ProfileSource } from "../../../src/run/plan/document.ts";
import type { PlanFlags } from "../../../src/run/plan/flags.ts";
import { type PlanRequest, type PlanSet, resolvePlans } from "../../../src/run/plan/resolve.ts";
import { readProfileSchema } from "../../../src/store/profiles.ts";
import { parseThreshold } from "../../../src/verify/thresholds.ts";

/** Can everything, so that a test takes away what it is about. */
const ABLE: Capabilities = {
  local: false,
  offsets: true,
  redeliveryFlag: true,
  durability: ["none", "memory", "disk", "fsync"],
  sharing: ["exclusive", "compete"],
  answers: ["ack", "requeue", "reject"],
  order: "lane",
  idempotence: true,
  transactions: true,
  maxMessageBytes: 16 * 1024 ** 2,
};

export interface Given {
  /** File name → text; the first one is resolved. */
  readonly files?: Readonly<Record<string, string>>;
  readonly flags?: PlanFlags;
  readonly env?: Readonly<Record<string, string>>;
  readonly can?: Partial<Capabilities>;
  readonly capabilitiesOf?: PlanRequest["capabilitiesOf"];
}

export function resolveGiven(given: Given): Promise<PlanSet> {
  const files = given.files ?? { "p.yaml": "targets: [kafka]" };
  return resolvePlans({
    profile: Object.keys(files)[0]!,
    flags: given.flags ?? {},
    env: given.env ?? {},
    schema: readProfileSchema(),
    read: (reference) => source(files, reference),
    envelope: { plain: 44, keyed: 48 },
    metricOf: (text) => parseThreshold(text, "profile").metric.name,
    resolveTarget,
    capabilitiesOf: given.capabilitiesOf ?? (() => ({ ...ABLE, ...given.can })),
    transactional: async (system) => [`${system}:log@able`],
  });
}

/** `where: message` of each problem. */
export async function problemsOf(given: Given): Promise<readonly string[]> {
  return (await resolveGiven(given)).problems.map((p) => `${p.where}: ${p.message}`);
}

function source(files: Readonly<Record<string, string>>, reference: string): ProfileSource {
  const text = files[reference];
  if (text === undefined)
    throw new UserError(`there is no profile "${reference}"`, { code: "UNKNOWN_PROFILE" });
  return { name: reference.replace(/\.yaml$/, ""), path: `/${reference}`, label: reference, text };
}
