import type { HandsFactory } from "../hands.ts";
import { openOffice } from "./office.ts";
import { kafkaPriority } from "./priority.ts";
import { kafkaReplay } from "./replay.ts";
import { kafkaRouting } from "./routing.ts";
import { kafkaScale } from "./scale.ts";

/** Topics and consumer groups of Kafka, through kafkajs. */
export const kafkaHands: HandsFactory = async (settings) => {
  const office = await openOffice(settings);
  return {
    client: "kafkajs",
    version: office.version,
    replay: kafkaReplay(office),
    scale: kafkaScale(office),
    routing: kafkaRouting(office),
    priority: kafkaPriority(office),
    close: () => office.close(),
  };
};
