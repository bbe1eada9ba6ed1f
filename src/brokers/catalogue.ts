import { UserError } from "../model/errors.ts";
import type { BrokerSystem } from "./broker.ts";
import { kafka } from "./kafka/kafka.ts";
import type { NativeSystem } from "./native.ts";
import { rabbitmq } from "./rabbitmq/rabbitmq.ts";

/** Every system that mqbench can start here: one line each. */
const SYSTEMS: readonly NativeSystem[] = [kafka, rabbitmq];

export function brokerSystems(): readonly BrokerSystem[] {
  return SYSTEMS.map(({ system, versions }) => ({ system, versions }));
}

/** The systems whose brokers can be told that their memory is short. */
export function systemsWithMemoryAlarm(): readonly string[] {
  return SYSTEMS.filter(({ alarmProgram }) => alarmProgram !== undefined).map(({ system }) => system);
}

export function findSystem(name: string): NativeSystem {
  const found = SYSTEMS.find(({ system }) => system === name);
  if (found) return found;
  const names = SYSTEMS.map(({ system }) => system).join(", ");
  throw new UserError(`"${name}" is not a system that mqbench can start`, {
    code: "UNKNOWN_SYSTEM",
    hints: [`Choose one of: ${names}.`],
  });
}

/** `wanted` if the system has it, its default version if nothing is wanted. */
export function chooseVersion({ system, versions }: BrokerSystem, wanted: string | undefined): string {
  const version = wanted ?? versions[0]!;
  if (versions.includes(version)) return version;
  throw new UserError(`mqbench cannot start ${system} "${version}"`, {
    code: "UNKNOWN_VERSION",
    hints: [`Choose one of: ${versions.join(", ")}.`],
  });
}
