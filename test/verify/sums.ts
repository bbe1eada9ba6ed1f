import type { ArrivalSums } from "../../src/verify/ledger.ts";

/** Of a subscription that received nothing. */
export const NO_SUMS: ArrivalSums = {
  delivered: 0,
  foreign: 0,
  corrupt: 0,
  unexpected: 0,
  redelivered: 0,
  copied: 0,
  reordered: 0,
  reorderedByRedelivery: 0,
  maxDisplacement: 0,
};
