import type { Outcome } from "../../driver.ts";
import type { Identity } from "./idempotence.ts";
import type { Reaction } from "./produce-request.ts";
import type { ProducerBatch } from "./producer-batch.ts";
import type { ProducerLane } from "./producer-lane.ts";

/** What becomes of batches that were not stored at the first try, with idempotence. */
export interface Recovery {
  /** The broker has something that lies behind those that were passed. */
  proved(lane: ProducerLane): void;
  /** Some answer, or none, that is not "stored". */
  react(batch: ProducerBatch, reaction: Reaction, code: string): void;
  /** It will not be sent again; with idempotence its place in the sequence stays empty. */
  giveUp(batch: ProducerBatch, code: string): void;
  /** Something of the lane is under way no more: it may be time for its new identity. */
  advance(lane: ProducerLane): void;
}

export interface RecoveryOptions {
  /** Since it was begun; then nothing is tried again. */
  readonly publishTimeoutMs: number;
  /** Absent with transactions: a new identity is for the next one, and what would need it now is given up. */
  readonly renew: ((identity: Identity) => Promise<Identity>) | undefined;
  /** Nothing is tried again. */
  isAbandoned(): boolean;
  settle(batch: ProducerBatch, outcome: Outcome, code?: string): void;
  /** Somebody else may lead the partition now. */
  askAgain(lane: ProducerLane): void;
  /** The lane may be sent again. */
  renewed(): void;
}

/**
 * A batch whose fate is open is sent again with the same sequence. Where the broker counts differently, the
 * lane gets a new identity once nothing of it is under way: what may be stored is unknown then, and what
 * certainly is not goes under the new one.
 */
export function createRecovery(options: RecoveryOptions): Recovery {
  const { settle } = options;

  const giveUp = (batch: ProducerBatch, code: string): void => {
    const lane = batch.lane!;
    if (batch.baseSequence >= 0) {
      const isAlone = lane.inFlight === 0 && lane.retries.length === 0 && lane.passed.length === 0;
      if (batch.mayBeStored || !isAlone) lane.mustRenew = true;
      else lane.nextSequence = batch.baseSequence;
    }
    settle(batch, batch.mayBeStored ? "unknown" : "failed", code);
  };

  const proved = ({ passed }: ProducerLane): void => {
    for (const batch of passed.splice(0)) settle(batch, "acked");
  };

  return {
    proved,
    giveUp,
    react(batch, reaction, code) {
      const lane = batch.lane!;
      if (reaction === "again") batch.mayBeStored = true;
      if (reaction === "stored") {
        proved(lane);
        settle(batch, "acked");
      } else if (reaction === "refused") giveUp(batch, code);
      else if (performance.now() > batch.createdMs + options.publishTimeoutMs) giveUp(batch, code);
      else if (options.isAbandoned()) giveUp(batch, code);
      else {
        // Out of order behind one that is to be sent again is no wonder; at the head of the lane it is a gap.
        if (reaction === "renew" && !(lane.retries.length > 0 && lane.retries[0]!.from < batch.from)) {
          if (isProvable(batch, code)) {
            lane.passed.push(batch);
            return;
          }
          lane.mustRenew = true;
          if (options.renew === undefined) {
            giveUp(batch, code);
            return;
          }
        }
        lane.putBack(batch);
        options.askAgain(lane);
      }
    },
    advance(lane) {
      const { renew } = options;
      if (renew === undefined || !lane.mustRenew || lane.inFlight > 0 || lane.isRenewing) return;
      lane.isRenewing = true;
      for (const batch of [...lane.passed.splice(0), ...lane.retries.splice(0)])
        if (batch.mayBeStored) settle(batch, "unknown", "PRODUCER_ID_RENEWED");
        else {
          batch.baseSequence = -1;
          lane.retries.push(batch);
        }
      const renewed = (identity: Identity): void => {
        lane.identity = identity;
        lane.nextSequence = 0;
        lane.mustRenew = false;
        lane.isRenewing = false;
        options.renewed();
      };
      // Without one it was closed, and is done with its batches.
      renew(lane.identity).then(renewed, () => undefined);
    },
  };
}

/**
 * Out of order, and in doubt, with others in doubt behind it: these will tell. A broker that was shut down in order
 * remembers only the last batch of each producer (ProducerStateManager.writeSnapshot), and takes what lies before it
 * for a gap. It takes nothing behind a gap, so what it has of these proves that it has this one. That holds where it
 * took something of this identity before: from one that it does not know it takes any first sequence.
 */
function isProvable({ mayBeStored, baseSequence, lane }: ProducerBatch, code: string): boolean {
  const isKnown = baseSequence > 0;
  return code === "OUT_OF_ORDER_SEQUENCE_NUMBER" && mayBeStored && isKnown && lane!.retries.length > 0;
}
