import { execFile } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findTool, thisHost } from "../../src/brokers/host.ts";
import { messageOf } from "../../src/model/errors.ts";

const run = promisify(execFile);
const ARTIFACT = "org.hdrhistogram:HdrHistogram:2.2.2";

export type Java =
  | { readonly missing: string }
  | {
      readonly missing?: undefined;
      /** What test/java/ReadBack.java prints of an interval log, by tag. */
      readBack(log: string): Promise<ReadonlyMap<string, JavaView>>;
    };

/** A tag's intervals, added up by Java. */
export interface JavaView {
  readonly intervals: number;
  readonly count: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly maxNs: number;
  /** As `outputPercentileDistribution(out, 5, 1e6)` writes it. */
  readonly hgrm: string;
}

/** HdrHistogram's Java original, or why it cannot be had here; its jar comes through this machine's Maven. */
export async function findHdrJava(): Promise<Java> {
  const host = thisHost();
  const java = findTool(host, "java");
  // Running a source file needs the compiler module, which a bare runtime lacks.
  for (const tool of ["java", "javac", "mvn"])
    if (!findTool(host, tool)) return { missing: `there is no ${tool} on the PATH` };
  const folder = join(host.cacheDir, "hdrhistogram-java");
  const jar = join(folder, "HdrHistogram-2.2.2.jar");
  if (!existsSync(jar)) {
    mkdirSync(folder, { recursive: true });
    const args = ["-q", "-B", "dependency:copy", `-Dartifact=${ARTIFACT}`, `-DoutputDirectory=${folder}`];
    // A folder without a pom.xml: whatever lies in the working folder is not Maven's business.
    const failed = await run("mvn", args, { cwd: folder, timeout: 120_000 }).then(
      () => undefined,
      (error: unknown) => messageOf(error).split("\n")[0],
    );
    if (failed !== undefined) return { missing: `Maven could not fetch ${ARTIFACT}: ${failed}` };
  }
  const program = fileURLToPath(new URL("ReadBack.java", import.meta.url));
  return {
    async readBack(log) {
      const { stdout } = await run(java!, ["-cp", jar, program, log], { timeout: 60_000 });
      return parse(stdout);
    },
  };
}

function parse(output: string): ReadonlyMap<string, JavaView> {
  const views = new Map<string, JavaView>();
  for (const part of output.split(/^tag /m).slice(1)) {
    const end = part.indexOf("\n");
    const [tag, ...numbers] = part.slice(0, end).split(" ");
    const [intervals, count, p50Ns, p99Ns, maxNs] = numbers.map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ];
    views.set(tag!, { intervals, count, p50Ns, p99Ns, maxNs, hgrm: part.slice(end + 1) });
  }
  return views;
}
