import type { DurabilityClass } from "../../model/topology.ts";
import type { Answers } from "../condition.ts";
import type { RunFact } from "./fact.ts";

const COPIES: readonly DurabilityClass["copies"][] = ["none", "one", "majority"];
const FLUSH: readonly DurabilityClass["flush"][] = ["memory", "page cache", "fsync"];

/** What an acknowledgement has to mean for these answers, at least. */
export function neededDurability(answers: Answers): DurabilityClass {
  if (answers.get("power-cut") === "yes") return { copies: "one", flush: "fsync" };
  if (answers.get("guarantee") === "loss") return { copies: "none", flush: "memory" };
  return { copies: "one", flush: "page cache" };
}

/** What an acknowledgement of a run promised; the majority of one copy is one copy. */
export function promiseOf({
  durability,
  hasOneCopy,
}: Pick<RunFact, "durability" | "hasOneCopy">): DurabilityClass {
  return durability.copies === "majority" && hasOneCopy ? { ...durability, copies: "one" } : durability;
}

/** An acknowledgement of the first promises all that one of the second does. */
export function isAsDurable(a: DurabilityClass, b: DurabilityClass): boolean {
  return (
    COPIES.indexOf(a.copies) >= COPIES.indexOf(b.copies) && FLUSH.indexOf(a.flush) >= FLUSH.indexOf(b.flush)
  );
}
