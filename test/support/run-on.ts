import { join } from "node:path";
import type { BrokerLease } from "../../src/brokers/broker.ts";
import { loadDriver } from "../../src/drivers/registry.ts";
import type { RunResult } from "../../src/model/result.ts";
import { NOWHERE } from "../../src/run/brokers.ts";
import type { PlanFlags } from "../../src/run/plan/flags.ts";
import { preparePlans } from "../../src/run/prepare.ts";
import { runOne, settingsOf } from "../../src/run/run-one.ts";
import { createRunId } from "../../src/store/run-id.ts";
import { thresholdsOf } from "../../src/verify/threshold-always.ts";

/** One run on a broker that the test has already, nodes and all, into a folder of its own. */
export async function runOn(lease: BrokerLease, out: string, flags: PlanFlags): Promise<RunResult> {
  const set = await preparePlans({ profile: "quick", flags, env: {} });
  const { plan } = set.runs[0]!;
  const factory = await loadDriver(plan.target);
  const { capabilities } = factory(settingsOf(plan, NOWHERE));
  const { url, version, origin, facts, managementUrl } = lease;
  const id = createRunId(new Date());
  const { result } = await runOne({
    plan,
    thresholds: thresholdsOf(plan, { fromFlags: [], isOrdered: capabilities.order === "lane" }),
    factory,
    capabilities,
    place: {
      ...{ url, version, origin, facts, local: lease },
      ...(managementUrl === undefined ? {} : { managementUrl }),
    },
    folder: join(out, id),
    identity: { id, command: "mqbench run" },
    isStrict: false,
    signal: new AbortController().signal,
    onPhase() {},
    onSecond() {},
  });
  return result;
}
