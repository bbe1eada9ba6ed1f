import type { Work } from "../brokers/host.ts";
import { installedJavas, MIN_JAVA, majorOf } from "../brokers/kafka/java.ts";
import type { SoftwareFacts } from "./facts.ts";
import { askDocker } from "./probe-docker.ts";

/** Programs that runs here would use; nothing is downloaded. */
export async function probeSoftware(work: Work): Promise<SoftwareFacts> {
  const { host } = work;
  const [javas, docker] = await Promise.all([installedJavas(work), askDocker(host.env)]);
  return {
    platform: host.platform,
    arch: host.arch,
    node: process.versions.node,
    java: javas.find(({ version }) => majorOf(version) >= MIN_JAVA),
    oldJava: javas.filter(({ version }) => majorOf(version) < MIN_JAVA).map(({ version }) => version),
    docker,
  };
}
