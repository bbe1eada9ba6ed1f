const POLL_MS = 50;

/** The first defined value within the bound; an error counts as "not yet". */
export async function poll<T>(
  boundMs: number,
  attempt: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const endMs = performance.now() + boundMs;
  for (;;) {
    const value = await attempt().catch(() => undefined);
    if (value !== undefined || performance.now() > endMs) return value;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
