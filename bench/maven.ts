import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finish, lastWords } from "./process.ts";

/** A peer on Maven Central. */
export interface Artifact {
  readonly group: string;
  readonly name: string;
  readonly version: string;
}

/**
 * The jars of a peer and of what it runs on, fetched once by the machine's own Maven into the cache.
 * @returns the class path
 * @throws Error when Maven or the network is missing
 */
export async function fetchJars(artifact: Artifact, cacheDir: string, signal: AbortSignal): Promise<string> {
  const { group, name, version } = artifact;
  const dir = join(cacheDir, `${name}-${version}`);
  if (!existsSync(dir)) {
    const work = `${dir}.${process.pid}.part`;
    await rm(work, { recursive: true, force: true });
    await mkdir(work, { recursive: true });
    await writeFile(join(work, "pom.xml"), pom(group, name, version));
    const done = await finish({
      command: "mvn",
      args: [
        ...["-q", "-B", "-f", join(work, "pom.xml"), "dependency:copy-dependencies"],
        ...["-DincludeScope=runtime", `-DoutputDirectory=${join(work, "jars")}`],
      ],
      signal,
    });
    if (done.code !== 0) throw new Error(`cannot fetch ${name} ${version}, ${lastWords(done)}`);
    // Whole or not at all: an interrupted download must not look like a cache.
    await rename(work, dir);
  }
  return join(dir, "jars", "*");
}

/** The program, and its version for the notes. */
export async function javaOf(signal: AbortSignal): Promise<{ command: string; version: string }> {
  const home = process.env.JAVA_HOME;
  const command = home ? join(home, "bin", "java") : "java";
  const done = await finish({ command, args: ["-version"], signal });
  if (done.code !== 0) throw new Error(`the peer needs Java, ${lastWords(done)}`);
  return { command, version: /"([^"]+)"/.exec(done.stderr)?.[1] ?? "unknown" };
}

const pom = (group: string, name: string, version: string): string => `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>bench</groupId><artifactId>bench</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version>
    </dependency>
  </dependencies>
</project>
`;
