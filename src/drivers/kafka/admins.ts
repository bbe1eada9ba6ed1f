import type { Admin } from "kafkajs";
import { type Client, RETRY } from "./client.ts";

/** Administration clients that share their settings and their end. */
export interface Admins {
  /** For the cluster, and to make and delete topics. */
  readonly cluster: Admin;
  /** For questions about one topic. */
  of(topic: string): Promise<Admin>;
  /** The topic is gone. */
  forget(topic: string): Promise<void>;
  disconnect(): Promise<void>;
}

/**
 * kafkajs keeps a list of the topics that it was asked about and refreshes what it knows of all of them; one
 * that somebody else deleted then fails every later request. So each topic has a client of its own.
 */
export function createAdmins({ kafka }: Client): Admins {
  const make = (): Admin => kafka.admin({ retry: { ...RETRY, retries: 2 } });
  const cluster = make();
  const topics = new Map<string, Promise<Admin>>();

  const open = async (): Promise<Admin> => {
    const admin = make();
    await admin.connect();
    return admin;
  };
  const forget = async (topic: string): Promise<void> => {
    const opened = topics.get(topic);
    topics.delete(topic);
    await opened?.then((admin) => admin.disconnect()).catch(() => undefined);
  };

  return {
    cluster,
    of(topic) {
      const known = topics.get(topic) ?? open();
      topics.set(topic, known);
      // Not kept when it failed: the next question tries again.
      known.catch(() => topics.delete(topic));
      return known;
    },
    forget,
    async disconnect() {
      await Promise.all([cluster.disconnect(), ...[...topics.keys()].map(forget)]);
    },
  };
}
