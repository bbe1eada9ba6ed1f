import { memoryDriver } from "../../src/drivers/memory.ts";
import { driverContract } from "./contract.ts";

const make = () => memoryDriver({ url: "", mode: "queue", options: {} });

driverContract({
  name: "memory:queue@local",
  make,
  breakStream: (topology) => make().drop(topology),
});
