import { describe, expect, it } from "vitest";
import { problemsOfKnowledge } from "../../src/advisor/check.ts";
import type { Answers } from "../../src/advisor/condition.ts";
import { atomsOf } from "../../src/advisor/condition.ts";
import { readClaims, readEvidenceMap } from "../../src/advisor/input/read-knowledge.ts";
import { resemblingCommand } from "../../src/advisor/resembling.ts";
import { settingsFor } from "../../src/advisor/settings.ts";
import { drivers } from "../../src/drivers/registry.ts";
import { preparePlans } from "../../src/run/prepare.ts";
import { shippedProfiles } from "../../src/store/profiles.ts";
import { adviceOn, base, scenarios } from "./support.ts";

const mode = (id: string) => base.modes.find((m) => m.id === id)!;
const idsFor = (id: string, answers: Readonly<Record<string, string>> = {}) =>
  settingsFor(base, mode(id), new Map(Object.entries(answers))).map((s) => s.id);

/** What the answers of each scenario's flows are. */
const jobs: readonly Answers[] = scenarios.flatMap((s) =>
  s.flows.map((flow) => new Map(Object.entries({ ...s.global, ...flow }))),
);

describe("settings", () => {
  it.each<[string, string, Readonly<Record<string, string>>, string, string]>([
    ["a key's order", "kafka:log", { order: "key" }, "kafka-key", "kafka-topic-total-order"],
    ["one order of all", "kafka:log", { order: "total" }, "kafka-topic-total-order", "kafka-topic"],
    ["loss that is fine", "kafka:log", { guarantee: "loss" }, "kafka-acks-one", "kafka-acks"],
    ["exactly once", "kafka:log", { guarantee: "eos" }, "kafka-transaction", "kafka-acks"],
    ["a changelog", "kafka:log", { changelog: "yes" }, "kafka-compaction", "kafka-retention"],
    ["years", "kafka:log", { keep: "long" }, "kafka-retention-long", "kafka-retention"],
    ["10 ms", "kafka:log", { latency: "10ms", rate: "500k" }, "kafka-linger-none", "kafka-linger-much"],
    ["half a million", "kafka:log", { rate: "500k" }, "kafka-linger-much", "kafka-linger"],
    [
      "priority",
      "rabbitmq:classic",
      { priority: "must" },
      "rabbitmq-classic-priority",
      "rabbitmq-quorum-priority",
    ],
    [
      "priority, 4.3",
      "rabbitmq:quorum",
      { priority: "must" },
      "rabbitmq-quorum-priority",
      "rabbitmq-classic-priority",
    ],
    [
      "loss that is fine",
      "rabbitmq:quorum",
      { guarantee: "loss" },
      "rabbitmq-length-loss",
      "rabbitmq-length",
    ],
    ["slow work", "rabbitmq:quorum", { work: "long" }, "rabbitmq-prefetch-one", "rabbitmq-prefetch"],
    ["several readers", "rabbitmq:quorum", { readers: "many" }, "rabbitmq-fanout", "rabbitmq-topic-exchange"],
    ["years", "rabbitmq:stream", { keep: "long" }, "rabbitmq-stream-long", "rabbitmq-stream"],
  ])("follow from %s on %s", (_, id, answers, has, hasNot) => {
    expect(idsFor(id, answers)).toContain(has);
    expect(idsFor(id, answers)).not.toContain(hasNot);
  });

  it("before 4.3 have no priorities of a quorum queue", () => {
    expect(idsFor("rabbitmq:quorum", { priority: "must", "rabbitmq-version": "4.0" })).not.toContain(
      "rabbitmq-quorum-priority",
    );
  });

  it("say of every job what to set on the store, the sender and the receiver, each once", () => {
    const oneOf: Readonly<Record<string, RegExp>> = {
      "kafka:log":
        /^kafka-(acks|acks-one|transaction)$|^kafka-linger|^kafka-(commit|read-committed)$|^kafka-topic/,
      "kafka:share": /^kafka-acks|^kafka-linger|^kafka-share-/,
      "rabbitmq:quorum": /^rabbitmq-length|confirms$|^rabbitmq-(prefetch|auto)|^rabbitmq-quorum-queue/,
      "rabbitmq:classic": /^rabbitmq-length|confirms$|^rabbitmq-(prefetch|auto)|^rabbitmq-classic-queue/,
    };
    for (const [id, pattern] of Object.entries(oneOf))
      for (const answers of jobs) {
        const known = new Map(
          [...answers].filter(([q, o]) => !(id === "kafka:share" && q === "guarantee" && o === "eos")),
        );
        const chosen = settingsFor(base, mode(id), known).filter((s) => pattern.test(s.id));
        expect([id, chosen.length], `${[...answers].join(" ")}: ${chosen.map((s) => s.id)}`).toEqual([
          id,
          id === "kafka:share" ? 5 : 4,
        ]);
      }
  });

  it("each belong to some answers", () => {
    for (const setting of base.settings) {
      const wanted = new Map<string, string>(
        setting.when === undefined
          ? []
          : atomsOf(setting.when)
              .filter((a) => !a.isNegated)
              .map((a) => [a.q, a.in[0]!]),
      );
      for (const id of setting.modes) expect(idsFor(id, Object.fromEntries(wanted))).toContain(setting.id);
    }
  });

  it.each([
    ["a source", { sources: ["hearsay"] }, /setting kafka-acks: there is no source hearsay/],
    ["a mode", { modes: ["kafka:queue"] }, /setting kafka-acks: there is no mode kafka:queue/],
    ["an answer", { when: { q: "order", in: ["odd"] } }, /setting kafka-acks: order has no option odd/],
  ])("that name %s that there is not are refused", (_, change, problem) => {
    const settings = base.settings.map((s) => (s.id === "kafka-acks" ? { ...s, ...change } : s));
    expect(problemsOfKnowledge({ ...base, settings }, readClaims()).join("\n")).toMatch(problem);
  });
});

describe("the profile that resembles a job", () => {
  const runnable = [...new Set(drivers().map((d) => `${d.system}:${d.mode}`))];
  const { rate } = readEvidenceMap().bands;

  it("is one that there is, and a command that can be run, for every scenario", async () => {
    expect(base.resembling.map((r) => r.profile).filter((p) => !shippedProfiles().includes(p))).toEqual([]);
    const commands = new Set(
      scenarios.flatMap((s) =>
        adviceOn(s).flows.flatMap((f) => resemblingCommand(base, f, runnable, rate) ?? []),
      ),
    );
    expect(commands.size).toBeGreaterThan(5);
    for (const command of commands) {
      const [, , profile, ...words] = command.split(" ");
      const of = (flag: string) => words.flatMap((w, i) => (words[i - 1] === flag ? [w] : []));
      const [rateText] = of("--rate");
      const [durability] = of("--durability");
      const set = await preparePlans({
        profile: profile!,
        flags: {
          on: of("--on"),
          ...(rateText === undefined ? {} : { rate: rateText }),
          ...(durability === undefined ? {} : { durability }),
        },
        env: {},
      });
      expect(set.runs.length, command).toBe(of("--on").length);
    }
  });

  it.each([
    [{ kind: "task", work: "mixed" }, "mqbench run work-queue --on rabbitmq:quorum"],
    [
      { kind: "event", replay: "must", order: "key", rate: "1k" },
      /^mqbench run order-events --on kafka:log .*--rate 1k\/s$/,
    ],
    [{ kind: "stream", rate: "500k", replay: "must" }, /^mqbench run throughput --on kafka:log/],
    [{ kind: "event", replay: "must", "power-cut": "yes" }, /--durability fsync$/],
  ])("of %j", (answers, want) => {
    const [flow] = adviceOn({ title: "", flows: [answers as Record<string, string>] }).flows;
    const command = resemblingCommand(
      base,
      flow!,
      ["kafka:log", "rabbitmq:quorum", "rabbitmq:classic"],
      rate,
    );
    if (typeof want === "string") expect(command).toBe(want);
    else expect(command).toMatch(want);
  });
});
