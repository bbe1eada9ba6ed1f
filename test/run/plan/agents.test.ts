import { describe, expect, it } from "vitest";
import { runFlags } from "../../../src/cli/run-flags.ts";
import { planVariables } from "../../../src/run/plan/flags.ts";
import { renderPlans } from "../../../src/run/plan/render.ts";
import { type Given, problemsOf, resolveGiven } from "./support.ts";

const four = { producers: "2", consumers: "2", partitions: "2" } as const;

describe("--agents", () => {
  it("sets both sides, and a dry run says where it came from", async () => {
    const set = await resolveGiven({ flags: { ...four, agents: "2+1" } });
    expect(set.runs[0]!.plan.agents).toEqual({ produce: 2, consume: 1 });
    expect(renderPlans(set)).toMatch(/^agents\.produce +2 +--agents$/m);
    expect(renderPlans(set)).toMatch(/^agents\.consume +1 +--agents$/m);
    expect(Object.keys(runFlags)).toContain("agents");
  });

  it("is MQBENCH_AGENTS too, over which the flag wins, even where the variable is wrong", async () => {
    const set = await resolveGiven({ flags: four, env: { MQBENCH_AGENTS: "2+2" } });
    expect(set.runs[0]!.plan.agents).toEqual({ produce: 2, consume: 2 });
    expect(renderPlans(set)).toMatch(/^agents\.consume +2 +MQBENCH_AGENTS$/m);
    expect(planVariables({ MQBENCH_AGENTS: "2+2" })).toEqual([["MQBENCH_AGENTS", "2+2"]]);
    expect(await problemsOf({ env: { MQBENCH_AGENTS: "two" }, flags: { agents: "1+1" } })).toEqual([]);
  });

  it.each<[string, Given, string]>([
    [
      "more agents than producers",
      { flags: { agents: "2+1" } },
      "--agents: 2 agents for 1 producer → Raise producers.count (--producers 2) or lower agents.produce (--agents).",
    ],
    [
      "more agents than consumers",
      { flags: { agents: "1+4", subscriptions: "2" } },
      "--agents: 4 agents for 2 consumers → Raise consumers.count (--consumers 2) or lower agents.consume (--agents).",
    ],
    [
      "one number",
      { flags: { agents: "4" } },
      '--agents: "4" is not agents of the producers + agents of the consumers → Write --agents 2+2.',
    ],
    [
      "a list",
      { flags: { agents: "1+1,2+2" } },
      '--agents: "1+1,2+2" is not agents of the producers + agents of the consumers → Write --agents 2+2.',
    ],
    [
      "a variable that is wrong",
      { env: { MQBENCH_AGENTS: "x" } },
      'MQBENCH_AGENTS: "x" is not agents of the producers + agents of the consumers → Write MQBENCH_AGENTS 2+2.',
    ],
    ["none at all", { flags: { agents: "0+1" } }, "--agents: agents.produce: 0 is less than 1"],
    [
      "the same by --set",
      { flags: { ...four, agents: "2+2", set: ["agents.produce=1"] } },
      "--set agents.produce: agents.produce is also given by --agents",
    ],
    [
      "a broker inside its agent",
      { flags: { ...four, agents: "2+2" }, can: { local: true } },
      "--agents: kafka:log@wire lives inside its agent, so there can be only one → Set agents.produce and agents.consume to 1, or leave kafka:log@wire out.",
    ],
  ])("refuses %s, saying the fix", async (_, given, want) => {
    const { problems } = await resolveGiven(given);
    expect(problems.map((p) => `${p.where}: ${p.message}${p.hint ? ` → ${p.hint}` : ""}`)).toContain(want);
  });
});
