import { CODE } from "./frames.ts";
import type { StreamLink } from "./link.ts";
import { isRefusal } from "./stream-error.ts";

/** The offset that a subscription stored last in a stream, or -1 when it stored none. */
export async function storedOffset(link: StreamLink, stream: string, reference: string): Promise<number> {
  try {
    const { connection } = link;
    return Number(await connection.queryOffset({ stream, reference }));
  } catch (error) {
    if (isRefusal(error, CODE.noOffset)) return -1;
    throw error;
  }
}
