import type { Capabilities } from "../drivers/driver.ts";
import type { Plan } from "../model/plan.ts";

/** Whether each consumer is promised order within a lane: what is urgent is there to overtake. */
export function promisesOrder(can: Pick<Capabilities, "order">, { message }: Pick<Plan, "message">): boolean {
  return can.order === "lane" && message.urgent === undefined;
}
