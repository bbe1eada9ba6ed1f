import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { givenUrls } from "../src/brokers/given.ts";
import { thisHost } from "../src/brokers/host.ts";
import { obtainBroker } from "../src/brokers/provider.ts";
import { createBallast } from "./ballast.ts";
import type { BenchContext } from "./bench.ts";

/** A Kafka broker whose data lies in memory that is really there, for as long as a bench takes. */
export interface BenchBroker {
  readonly url: string;
  /** Where its data is, for the notes. */
  readonly place: string;
  /** Runs one measurement with fresh memory for what it writes. */
  measured<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const TMPFS = "/dev/shm";

/**
 * Both sides write several gigabytes in a run, the faster one more of them: on tmpfs neither the disk nor, on a
 * virtual machine, the host's handing out of memory decides ({@link createBallast}).
 */
export async function openBenchBroker({ note, signal }: BenchContext): Promise<BenchBroker> {
  const url = givenUrls([], process.env).get("kafka");
  if (url !== undefined || !existsSync(TMPFS)) {
    const lease = await obtainBroker("kafka", { ...(url ? { url } : {}), onProgress: note, signal });
    return {
      url: lease.url,
      place: "data on disk",
      measured: (work) => work(),
      close: () => lease.release(),
    };
  }
  const stateDir = `${TMPFS}/mqbench-${process.pid}`;
  await mkdir(stateDir, { recursive: true });
  const lease = await obtainBroker("kafka", { onProgress: note, signal }, thisHost({ stateDir }));
  const ballast = await createBallast(TMPFS);
  return {
    url: lease.url,
    place: "data on tmpfs",
    async measured(work) {
      await ballast.refill();
      const stop = ballast.giveWayTo(stateDir);
      try {
        return await work();
      } finally {
        stop();
      }
    },
    async close() {
      await lease.release();
      await ballast.remove();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
