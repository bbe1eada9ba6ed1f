import type { Answers } from "./condition.ts";

/** The answers about one kind of message. */
export interface FlowSheet {
  /** As messages call it; undefined where there is only one and nobody named it. */
  readonly name?: string;
  /** A flow may answer a question about the whole system for itself. */
  readonly answers: Answers;
}

/** All that was answered. */
export interface Sheet {
  readonly title?: string;
  readonly global: Answers;
  /** What nobody mentioned does not matter; otherwise it is open. */
  readonly isRestNeutral?: boolean;
  readonly flows: readonly FlowSheet[];
}

/** Everything that is known of a flow: what was said of the system, and of itself. */
export function answersOf(sheet: Sheet, flow: FlowSheet): Answers {
  return new Map([...sheet.global, ...flow.answers]);
}
