import { describe, expect, it } from "vitest";
import { FAULT_KINDS, type FaultPlan } from "../../../src/model/fault.ts";
import { buildFault, parseFault } from "../../../src/run/plan/faults.ts";
import { readProfileSchema } from "../../../src/store/profiles.ts";
import { problemsOf, resolveGiven } from "./support.ts";

const SPAN = { atNs: 3e9, forNs: 500e6, side: "both" } as const;

describe("a fault as text", () => {
  it.each<[string, FaultPlan]>([
    ["pause at=3s for=500ms", { kind: "pause", ...SPAN }],
    ["  at=3s   for=0.5s cut ", { kind: "cut", ...SPAN }],
    ["refuse at=3s for=500ms side=consumer", { kind: "refuse", ...SPAN, side: "consumer" }],
    ["stall at=0 for=500ms", { kind: "stall", ...SPAN, atNs: 0 }],
    ["delay at=3s for=500ms by=20ms side=producer", { kind: "delay", ...SPAN, side: "producer", byNs: 20e6 }],
    ["slow at=3s for=500ms rate=100KiB/s", { kind: "slow", ...SPAN, bytesPerS: 102_400 }],
    ["half-open at=3s for=500ms", { kind: "half-open", ...SPAN, toward: "client" }],
    ["half-open at=3s for=500ms toward=broker", { kind: "half-open", ...SPAN, toward: "broker" }],
    ["unbind at=3s", { kind: "unbind", ...SPAN, forNs: 7e9 }],
    ["unbind at=3s for=500ms", { kind: "unbind", ...SPAN }],
    ["raise-min-isr at=3s for=500ms to=2", { kind: "raise-min-isr", ...SPAN, to: 2 }],
    ["add-partitions at=3s to=4", { kind: "add-partitions", ...SPAN, forNs: 7e9, to: 4 }],
    ["pause at=3s for=500ms node=2", { kind: "pause", ...SPAN, node: "2" }],
    ["kill at=3s for=500ms node=leader", { kind: "kill", ...SPAN, node: "leader" }],
    ["kill at=3s for=500ms node=1 lag=200ms", { kind: "kill", ...SPAN, node: "1", lagNs: 200e6 }],
    ["restart at=3s node=3", { kind: "restart", ...SPAN, forNs: 1e9, node: "3" }],
    ["memory-alarm at=3s for=500ms", { kind: "memory-alarm", ...SPAN }],
    ["move-leader at=3s", { kind: "move-leader", ...SPAN, forNs: 1e9 }],
    ["freeze at=3s for=500ms side=consumer", { kind: "freeze", ...SPAN, side: "consumer" }],
    ["drop-response at=3s", { kind: "drop-response", ...SPAN, side: "producer", forNs: 1e9 }],
    [
      "crash at=3s side=consumer point=after-process",
      { kind: "crash", ...SPAN, side: "consumer", point: "after-process", keepsJournal: false },
    ],
    [
      "crash at=3s side=producer point=after-send restart=0s journal=keep",
      { kind: "crash", ...SPAN, forNs: 0, side: "producer", point: "after-send", keepsJournal: true },
    ],
  ])("%s", (text, want) => {
    expect(buildFault(parseFault(text), 10e9)).toEqual(want);
  });

  it.each([
    ["pauze at=3s for=500ms", '"pauze" is not one of cut, refuse', 'did you mean "pause"?'],
    ["at=3s for=500ms", "no kind is given", ""],
    ["pause cut at=3s for=1s", "two kinds, pause and cut", ""],
    ["pause for=500ms", "pause needs at", ""],
    ["pause at=3s", "pause needs for", ""],
    ["delay at=3s for=1s", "delay needs by", ""],
    ["slow at=3s for=1s", "slow needs rate", ""],
    ["pause at=3s at=4s for=1s", "at is given twice", ""],
    ["pause at=3s for=1s fro=2s", 'pause has no parameter "fro"', 'did you mean "for"?'],
    ["pause at=3s for=1s side=both", 'pause has no parameter "side"', ""],
    ["cut at=3s for=1s by=5ms", 'cut has no parameter "by"', ""],
    ["cut at=3s for=1s side=broker", 'side: "broker" is not one of producer, consumer, both', ""],
    [
      "half-open at=3s for=1s toward=clinet",
      '"clinet" is not one of broker, client',
      'did you mean "client"?',
    ],
    ["drop-response at=3s side=consumer", "its side is producer, not consumer", ""],
    ["cut at=3 for=1s", 'at: "3" is not a duration', ""],
    ["cut at=3s for=0s", "for is zero", ""],
    ["delay at=3s for=1s by=0ms", "by is zero", ""],
    ["slow at=3s for=1s rate=100KiB", '"100KiB" is not bytes per second', ""],
    ["slow at=3s for=1s rate=0/s", "rate is zero", ""],
    ["cut at= for=1s", '"at=" is not key=value', ""],
    ["kill at=3s for=1s", "kill needs node", ""],
    ["kill at=3s for=1s node=4", 'node: "4" is not one of 1, 2, 3, leader', ""],
    ["kill at=3s for=1s node=leadr", '"leadr" is not one of', 'did you mean "leader"?'],
    ["kill at=3s for=1s node=leader lag=1s", "is killed 1.00s after at and started 1.00s after it", ""],
    ["kill at=3s for=1s node=leader lag=0s", "lag is zero", ""],
    ["restart at=3s for=0s node=1", "for is zero", ""],
    ["memory-alarm at=3s for=1s side=producer", 'memory-alarm has no parameter "side"', ""],
    ["move-leader at=3s for=1s", 'move-leader has no parameter "for"', ""],
    ["freeze at=3s for=1s", "freeze needs side", ""],
    ["freeze at=3s for=1s side=both", "its side is producer or consumer", ""],
    ["crash at=3s point=after-process", "crash needs side", ""],
    ["crash at=3s side=consumer", "crash needs point", ""],
    ["crash at=3s side=both point=after-process", "its side is producer or consumer", ""],
    ["crash at=3s side=consumer point=after-send", "a consumer has no point after-send", ""],
    ["crash at=3s side=producer point=after-process", "a producer has no point after-process", ""],
    [
      "crash at=3s side=consumer point=after-proces",
      '"after-proces" is not',
      'did you mean "after-process"?',
    ],
    ["crash at=3s side=consumer point=after-process for=1s", 'crash has no parameter "for"', ""],
    ["crash at=3s side=consumer point=after-process restart=soon", 'restart: "soon" is not a duration', ""],
    [
      "crash at=3s side=consumer point=after-process journal=no",
      'journal: "no" is not one of keep, auto',
      "",
    ],
  ])("%s is refused", (text, why, guess) => {
    const attempt = () => buildFault(parseFault(text), 10e9);
    expect(attempt).toThrow(why);
    expect(attempt).toThrow(guess);
  });
});

describe("the faults of a plan", () => {
  const FILE = "targets: [kafka]\nphases: {measure: 10s}\nfaults:\n  - {kind: stall, at: 5s, for: 1s}\n";

  it("are the profile's and, beside them, those of flags, in the order of their times", async () => {
    const { runs } = await resolveGiven({
      files: { "p.yaml": FILE },
      flags: { fault: ["cut at=1s for=1s", "cut at=6s for=1s"] },
      can: { protocol: "kafka" },
    });
    expect(runs[0]?.plan.faults.map((f) => [f.kind, f.atNs])).toEqual([
      ["cut", 1e9],
      ["stall", 5e9],
      ["cut", 6e9],
    ]);
  });

  it.each([
    ["kind: stal, at: 1s, for: 1s", 'p.yaml:4:12: faults.0.kind: "stal" is not one of cut, refuse, stall'],
    ["kind: stall, at: 1, for: 1s", "p.yaml:4:23: faults.0.at: 1 is not a duration"],
    ["kind: stall, at: 1s, four: 1s", 'p.yaml:4:27: unknown key "four", did you mean "for"?'],
    ["kind: delay, at: 1s, for: 1s", "p.yaml:4:5: delay needs by"],
    [
      "kind: stall, at: 9.5s, for: 1s",
      "p.yaml:4:5: stall at 9.50s for 1.00s ends 10.5s into a measure phase of 10.0s",
    ],
  ])("of a profile have their place when they are wrong: %s", async (fault, want) => {
    const file = `targets: [kafka]\nphases: {measure: 10s}\nfaults:\n  - {${fault}}\n`;
    const problems = await problemsOf({ files: { "p.yaml": file }, can: { protocol: "kafka" } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(want);
  });

  it("may follow each other at once, and not overlap", async () => {
    const given = { files: { "p.yaml": FILE }, can: { protocol: "kafka" } } as const;
    expect(
      await problemsOf({ ...given, flags: { fault: ["cut at=4s for=1s", "cut at=6s for=1s"] } }),
    ).toEqual([]);
    expect(await problemsOf({ ...given, flags: { fault: ["cut at=5.9s for=1s"] } })).toEqual([
      "--fault 'cut at=5.9s for=1s': cut at 5.90s for 1.00s overlaps stall at 5.00s for 1.00s",
    ]);
  });

  it("leave a node time to start", async () => {
    const faults = (second: string) => ({
      files: { "p.yaml": "targets: [kafka]\nphases: {measure: 60s}\n" },
      can: { protocol: "kafka", leader: true } as const,
      flags: { fault: ["kill at=1s for=2s node=leader", second] },
    });
    expect(await problemsOf(faults("cut at=13s for=1s"))).toEqual([]);
    expect(await problemsOf(faults("cut at=12.9s for=1s"))).toEqual([
      "--fault 'cut at=12.9s for=1s': cut at 12.9s for 1.00s begins while the node of kill of the leader at 1.00s for 2.00s may still be starting",
    ]);
    expect((await problemsOf(faults("cut at=2s for=1s"))).join()).toContain("overlaps");
  });

  it("need a target that can have them", async () => {
    expect(await problemsOf({ files: { "p.yaml": FILE } })).toEqual([
      "p.yaml:4:3: kafka:log@wire has no network that mqbench knows how to disturb",
    ]);
    const pause = { flags: { fault: ["pause at=1s for=1s"] } };
    expect(await problemsOf(pause)).toEqual([]);
    expect((await problemsOf({ ...pause, can: { local: true } })).join()).toContain(
      "there is no broker to pause",
    );
    const leader = { flags: { fault: ["kill at=1s for=1s node=leader"] } };
    expect(await problemsOf({ ...leader, can: { leader: true } })).toEqual([]);
    expect((await problemsOf(leader)).join()).toContain("cannot tell which node leads");
    const move = { flags: { fault: ["move-leader at=1s"] } };
    expect(await problemsOf({ ...move, can: { alterations: ["move-leader"] } })).toEqual([]);
    expect((await problemsOf({ ...move, can: { alterations: ["unbind"] } })).join()).toContain(
      "cannot move-leader",
    );
    const freeze = { flags: { fault: ["freeze at=1s for=1s side=consumer"] } };
    expect(await problemsOf(freeze)).toEqual([]);
    expect((await problemsOf({ ...freeze, can: { local: true } })).join()).toContain(
      "would take the stream with it",
    );
    const crash = { flags: { fault: ["crash at=1s side=producer point=after-send"] } };
    expect(await problemsOf(crash)).toEqual([]);
    expect((await problemsOf({ ...crash, can: { local: true } })).join()).toContain(
      "would take the stream with it",
    );
  });

  it("are of the kinds that the profiles' schema has", () => {
    expect(readProfileSchema()).toHaveProperty("properties.faults.items.properties.kind.enum", FAULT_KINDS);
  });
});
