import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { messageOf } from "../model/errors.ts";
import type { SystemFacts } from "./facts.ts";
import type { Read } from "./proc.ts";

/** A local Kafka takes two, a local RabbitMQ six. */
const PORTS = 8;

/** Limits of the operating system that brokers run into. */
export async function probeSystem(read: Read): Promise<SystemFacts> {
  const limit = /^Max open files +(\S+)/m.exec(read("/proc/self/limits") ?? "")?.[1];
  const openFiles = limit === "unlimited" ? Number.POSITIVE_INFINITY : Number(limit);
  return { openFiles: limit === undefined ? undefined : openFiles, ports: await probePorts() };
}

/** Listens at several ports of 127.0.0.1 at once, as brokers do. */
async function probePorts(): Promise<SystemFacts["ports"]> {
  const servers: Server[] = [];
  try {
    while (servers.length < PORTS) {
      const server = createServer().listen({ port: 0, host: "127.0.0.1" });
      servers.push(server);
      await once(server, "listening");
    }
    return { count: PORTS };
  } catch (error) {
    return { count: PORTS, trouble: messageOf(error) };
  } finally {
    for (const server of servers) server.close();
  }
}
