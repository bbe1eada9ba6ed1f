import type { Plan } from "../model/plan.ts";

/**
 * Whether agents open their consumers one after the other, when they are told: where consumers compete, the first to come
 * is the one that a queue with a single active consumer serves, and it is to be the first of the plan in each run.
 */
export function opensInTurn({ consumers, agents }: Plan): boolean {
  return consumers.start === "with-producers" && consumers.sharing === "compete" && agents.consume > 1;
}
