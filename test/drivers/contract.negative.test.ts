import { afterEach, describe, expect, test } from "vitest";
import { altered } from "../support/altered-driver.ts";
import { CONTRACT_CASES, type ContractTarget, runCase } from "./contract.ts";
import { CONSUMING_FLAWS } from "./flaws/consuming.ts";
import { failing, LEAKS, LIFE_FLAWS, memory } from "./flaws/life.ts";
import { PUBLISHING_FLAWS } from "./flaws/publishing.ts";
import { rereadable } from "./flaws/rereadable-memory.ts";
import { REREADING_FLAWS } from "./flaws/rereading.ts";
import { RETURNING_FLAWS } from "./flaws/returning.ts";
import { returning } from "./flaws/returning-memory.ts";
import { SHARING_FLAWS } from "./flaws/sharing.ts";
import { transactional } from "./flaws/transactional-memory.ts";
import { TRANSACTION_FLAWS } from "./flaws/transactions.ts";

const FLAWS = [
  ...LIFE_FLAWS,
  ...PUBLISHING_FLAWS,
  ...CONSUMING_FLAWS,
  ...SHARING_FLAWS,
  ...RETURNING_FLAWS,
  ...TRANSACTION_FLAWS,
  ...REREADING_FLAWS,
];

const able = () => {
  const driver = transactional(rereadable(memory()));
  return { ...driver, capabilities: { ...driver.capabilities, reconnects: true } };
};

const HONEST: ContractTarget = {
  name: "honest",
  make: able,
  breakStream: (topology) => memory().drop(topology),
  route: async () => returning(memory()),
  makeUnreachable: failing("nobody there", "BROKER_UNREACHABLE").makeUnreachable,
  makeRefused: failing("no", "BROKER_REFUSED").makeRefused,
};

const casesFor = (noticedBy: string) => CONTRACT_CASES.filter((c) => c.title.startsWith(noticedBy));

describe("the contract suite", () => {
  afterEach(() => {
    for (const leak of LEAKS.splice(0)) leak.close();
  });

  test.each(FLAWS)("notices a driver that $what", async ({ noticedBy, target, what: _, ...alteration }) => {
    const [one] = casesFor(noticedBy);
    // Short, since what a flawed driver is waited for never comes.
    const flawed = { ...HONEST, patienceMs: 500, make: () => altered(able(), alteration), ...target };
    await expect(runCase(flawed, one!)).rejects.toThrow();
  });

  test.each(CONTRACT_CASES)("finds nothing wrong with an honest driver: $title", async (one) => {
    expect(one.applies(HONEST, able().capabilities)).toBe(true);
    await runCase(HONEST, one);
  });

  test("has a flawed driver for each of its cases, and each flaw belongs to one case", () => {
    for (const { noticedBy } of FLAWS) expect(casesFor(noticedBy)).toHaveLength(1);
    const without = CONTRACT_CASES.filter((c) => !FLAWS.some((f) => c.title.startsWith(f.noticedBy)));
    expect(without.map((c) => c.title)).toEqual([]);
  });
});
