import { namesBrokers, readdress } from "./kafka-answers.ts";
import { API_VERSIONS, withoutHints } from "./kafka-versions.ts";
import { type Dialogue, type DialogueContext, reframe } from "./reshape.ts";

/** A request is size (4), api key (2), version (2), correlation id (4), …; an answer is size (4), correlation id (4), … */
const REQUEST_HEAD_BYTES = 12;
const ANSWER_HEAD_BYTES = 8;
const SIZE_BYTES = 4;
const PRODUCE = 0;
/** More requests than a client leaves unanswered on one connection. */
const MOST_ASKED = 4096;

interface Asked {
  readonly api: number;
  readonly version: number;
}

/** Rewrites where brokers are, and what could name others; the answer to a published message is that to a Produce request. */
export function kafkaDialogue(context: DialogueContext): Dialogue {
  const asked = new Map<number, Asked>();
  const requests = createWalker(REQUEST_HEAD_BYTES);
  return {
    fromClient(chunk) {
      requests(chunk, (bytes) => {
        asked.set(bytes.readInt32BE(8), { api: bytes.readInt16BE(4), version: bytes.readInt16BE(6) });
        // With acks=0 there are requests that are never answered.
        if (asked.size > MOST_ASKED) asked.delete(asked.keys().next().value!);
      });
    },
    fromBroker: reframe((bytes) => {
      if (bytes.length < ANSWER_HEAD_BYTES) return "more";
      const total = SIZE_BYTES + bytes.readInt32BE(0);
      const id = bytes.readInt32BE(SIZE_BYTES);
      const request = asked.get(id);
      if (request?.api === PRODUCE && context.wantsAnswerLost()) return "lost";
      const isRewritten = request && (request.api === API_VERSIONS || namesBrokers(request.api));
      if (request === undefined || !isRewritten) {
        asked.delete(id);
        return { pass: total };
      }
      if (bytes.length < total) return "more";
      const changed = rewritten(bytes.subarray(0, total), request, context);
      if ("missing" in changed) return changed;
      asked.delete(id);
      return { becomes: changed.frame, bytes: total };
    }),
  };
}

function rewritten(
  frame: Buffer,
  { api, version }: Asked,
  { addressFor }: DialogueContext,
): ReturnType<typeof readdress> {
  return api === API_VERSIONS
    ? { frame: withoutHints(frame, version) }
    : readdress(frame, api, version, addressFor);
}

/** Calls back with the first bytes of each frame, however the frames are cut up. */
function createWalker(headBytes: number): (chunk: Buffer, on: (head: Buffer) => void) => void {
  let head: Buffer = Buffer.alloc(0);
  let skip = 0;
  return (chunk, on) => {
    let at = 0;
    while (at < chunk.length) {
      if (skip > 0) {
        const step = Math.min(skip, chunk.length - at);
        skip -= step;
        at += step;
        continue;
      }
      const want = headBytes - head.length;
      const part = chunk.subarray(at, at + want);
      at += part.length;
      head = head.length === 0 && part.length === headBytes ? part : Buffer.concat([head, part]);
      if (head.length < headBytes) return;
      on(head);
      skip = SIZE_BYTES + head.readInt32BE(0) - headBytes;
      head = Buffer.alloc(0);
    }
  };
}
