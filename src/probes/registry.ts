import { UserError } from "../model/errors.ts";
import { nearest } from "../model/suggest.ts";
import type { TargetName } from "../model/target.ts";
import type { HandsFactory } from "./hands.ts";
import { priority } from "./priority.ts";
import type { Probe } from "./probe.ts";
import { replay } from "./replay.ts";
import { routing } from "./routing.ts";
import { scale } from "./scale.ts";

export const PROBES: readonly Probe[] = [replay, scale, routing, priority];

/** Who does the experiments on a system, in which of its modes. */
const HANDS: Readonly<Record<string, { readonly modes: readonly string[]; load(): Promise<HandsFactory> }>> =
  {
    kafka: { modes: ["log"], load: async () => (await import("./kafka/kafka.ts")).kafkaHands },
    rabbitmq: {
      modes: ["quorum", "classic", "stream"],
      load: async () => (await import("./rabbitmq/rabbitmq.ts")).rabbitHands,
    },
  };

/** @throws UserError `UNKNOWN_PROBE`, naming what there is */
export function findProbe(name: string): Probe {
  const found = PROBES.find((p) => p.name === name.toLowerCase());
  if (found) return found;
  const names = PROBES.map((p) => p.name);
  const near = nearest(name, names);
  throw new UserError(`there is no probe "${name}"`, {
    code: "UNKNOWN_PROBE",
    hints: [...(near ? [`Did you mean "${near}"?`] : []), `There are ${names.join(", ")}.`],
  });
}

export function canProbe({ system, mode }: Pick<TargetName, "system" | "mode">): boolean {
  return HANDS[system]?.modes.includes(mode) ?? false;
}

export function loadHands(system: string): Promise<HandsFactory> {
  return HANDS[system]!.load();
}
