import type { Place, ReplayHands } from "../hands.ts";
import { promised } from "../waiting.ts";
import type { Desk } from "./desk.ts";

/** Small, because so many marks are needed to know that all before them is acknowledged. */
const PREFETCH = 50;

/** @param isLog whether readers name an offset, as those of streams do */
export function rabbitReplay(desk: Desk, isLog: boolean): ReplayHands {
  let made: Promise<string> | undefined;
  const queueOf = (): Promise<string> => {
    made ??= desk.queue("replay");
    return made;
  };

  const publish = async (bodies: readonly string[]): Promise<void> => {
    const key = await queueOf();
    await desk.publish(
      "",
      bodies.map((body) => ({ key, body })),
    );
  };

  /** Reads until it has seen enough, and acknowledges what is no mark, or everything. */
  const read = async (
    place: Place,
    { isEnough, whenThere, keepsMarks = false }: Reading,
  ): Promise<readonly string[]> => {
    const bodies: string[] = [];
    const enough = promised();
    const options = {
      prefetch: PREFETCH,
      ...(isLog && { arguments: { "x-stream-offset": offsetOf(place) } }),
    };
    const reader = await desk.consume(await queueOf(), options, (message, { ack }) => {
      const body = message.content.toString();
      bodies.push(body);
      if (!keepsMarks || !isMark(body)) ack(message);
      if (isEnough(bodies)) enough.resolve();
    });
    await whenThere?.();
    await desk.wait("read", () => enough.promise);
    await reader.close();
    return bodies;
  };

  return {
    hasPlaces: isLog,
    publish,
    async readAndAcknowledge(count) {
      if (isLog) return read("start", { isEnough: (all) => all.length === count });
      // No answer comes to an acknowledgement, and a quorum queue forgets one that is under way when its channel is
      // closed. Who has a whole prefetch of marks in hand has had every acknowledgement before them taken.
      await publish(Array.from({ length: PREFETCH }, () => "mark"));
      const bodies = await read("start", {
        isEnough: (all) => all.length === count + PREFETCH,
        keepsMarks: true,
      });
      return bodies.filter((body) => !isMark(body));
    },
    async readAgain(place, mark) {
      const bodies = await read(place, {
        isEnough: (all) => all.at(-1) === mark,
        whenThere: () => publish([mark]),
      });
      return bodies.filter((body) => !isMark(body));
    },
  };
}

interface Reading {
  isEnough(bodies: readonly string[]): boolean;
  /** Once it is attached. */
  whenThere?(): Promise<void>;
  readonly keepsMarks?: boolean;
}

function isMark(body: string): boolean {
  return body.startsWith("mark");
}

/** The argument of basic.consume on a stream (rabbitmq.com/docs/streams#consuming); times are seconds on the wire. */
function offsetOf(place: Place): unknown {
  if (place === "start") return "first";
  if (place === "tail") return "next";
  return { "!": "timestamp", value: Math.floor(place.timeMs / 1000) };
}
