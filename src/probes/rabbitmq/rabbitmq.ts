import type { HandsFactory } from "../hands.ts";
import { openDesk } from "./desk.ts";
import { rabbitPriority } from "./priority.ts";
import { rabbitReplay } from "./replay.ts";
import { rabbitRouting } from "./routing.ts";
import { rabbitScale } from "./scale.ts";

/** What differs between the types of queues. */
const MODES: Readonly<Record<string, { isLog: boolean; levels?: Readonly<Record<string, number>> }>> = {
  classic: { isLog: false, levels: { "x-max-priority": 10 } },
  quorum: { isLog: false },
  stream: { isLog: true },
};

/** Exchanges, queues and streams of RabbitMQ over AMQP 0-9-1, through amqplib. */
export const rabbitHands: HandsFactory = async (settings) => {
  const mode = MODES[settings.mode]!;
  const desk = await openDesk(settings);
  return {
    client: "amqplib",
    version: desk.version,
    replay: rabbitReplay(desk, mode.isLog),
    scale: rabbitScale(desk, mode.isLog),
    routing: rabbitRouting(desk, mode.isLog),
    priority: rabbitPriority(desk, mode),
    close: () => desk.close(),
  };
};
