import type { Deliveries, Outcomes } from "../../../src/drivers/driver.ts";
import type { Alteration } from "../../support/altered-driver.ts";
import type { ContractTarget } from "../contract.ts";

/** What may be wrong with a driver, and the case of the suite that has to notice. */
export interface Flaw extends Alteration {
  readonly what: string;
  /** How the case's title begins. */
  readonly noticedBy: string;
  readonly target?: Partial<ContractTarget>;
}

type Message = Parameters<Deliveries["message"]>;

/** Every delivery goes through `change`, which says what of it is told. */
export const messages =
  (change: (tell: Deliveries["message"], ...message: Message) => void) =>
  (on: Deliveries): Deliveries => ({
    begin: () => on.begin(),
    end: () => on.end(),
    event: (kind, detail) => on.event(kind, detail),
    message: (...message) => change(on.message.bind(on), ...message),
  });

/** A delivery that can be kept: its bytes are copied. */
export function kept([bytes, start, end, ...rest]: Message): Message {
  return [Buffer.from(bytes.subarray(start, end)), 0, end - start, ...rest];
}

/** Every settled range goes through `change`. */
export const settlements =
  (change: (tell: Outcomes["settled"], ...range: Parameters<Outcomes["settled"]>) => void) =>
  (on: Outcomes): Outcomes => ({ ...on, settled: (...range) => change(on.settled.bind(on), ...range) });
