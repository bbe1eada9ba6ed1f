import type { Driver } from "../../src/drivers/driver.ts";
import { cutRoute } from "../drivers/kafka/route.ts";

/** A proxy in front of a Kafka broker, whose answers name the proxy instead of the broker. */
export async function kafkaProxy(url: string) {
  let address = "";
  const route = await cutRoute(url, (at) => {
    address = at;
    // The route is all that is wanted of it.
    return {} as Driver;
  });
  return { ...route, url: address };
}
