import { afterAll, describe, test } from "vitest";
import type { ContractCase } from "./contract/case.ts";
import { CONSUMING_CASES } from "./contract/consuming.ts";
import { type ContractTarget, openContext } from "./contract/context.ts";
import { LIFE_CASES } from "./contract/life.ts";
import { PUBLISHING_CASES } from "./contract/publishing.ts";
import { REREADING_CASES } from "./contract/rereading.ts";
import { RETURNING_CASES } from "./contract/returning.ts";
import { SHARING_CASES } from "./contract/sharing.ts";
import { TRANSACTION_CASES } from "./contract/transactions.ts";

export type { ContractCase } from "./contract/case.ts";
export type { ContractTarget, CutRoute } from "./contract/context.ts";

/** The conformance suite of every driver. */
export const CONTRACT_CASES: readonly ContractCase[] = [
  ...LIFE_CASES,
  ...PUBLISHING_CASES,
  ...CONSUMING_CASES,
  ...SHARING_CASES,
  ...RETURNING_CASES,
  ...TRANSACTION_CASES,
  ...REREADING_CASES,
];

/** Registers every case with vitest; one that does not apply to what the driver declares is skipped. */
export function driverContract(target: ContractTarget): void {
  describe(`${target.name} keeps the driver contract`, () => {
    for (const one of CONTRACT_CASES)
      test(one.title, async (t) => {
        const { capabilities } = await target.make();
        t.skip(!one.applies(target, capabilities), "not declared, or not offered by the target");
        await runCase(target, one);
      }, 60_000);
    afterAll(() => target.close?.());
  });
}

/** Runs one case against a fresh, connected driver and cleans up after it. */
export async function runCase(target: ContractTarget, one: ContractCase): Promise<void> {
  const context = await openContext(target);
  try {
    await one.run(context);
  } finally {
    await context.close();
  }
}
