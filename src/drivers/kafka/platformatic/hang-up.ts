import type { Base } from "@platformatic/kafka";

type Client = Pick<Base, "connections"> & { close(): Promise<unknown> };

/** Closes a client, with what is written but not sent yet, within the bound; then its connections are cut. */
export async function hangUp(client: Client, boundMs: number): Promise<void> {
  // Closing takes them off the client's list.
  const sockets = [...client.connections].map(([, connection]) => connection.socket);
  await within(
    client.close().catch(() => undefined),
    boundMs,
  );
  for (const socket of sockets) socket?.destroy();
}

/** Resolves when `done` does, or after the bound. */
export async function within(done: Promise<unknown>, boundMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, boundMs);
  });
  await Promise.race([done, bound]);
  clearTimeout(timer);
}
