import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import artifactUrl from "mvn-artifact-url";
import { UserError } from "../../model/errors.ts";
import type { Host } from "../host.ts";

// A CommonJS module with a default export: Node hands out the module, bundlers and test runners the function.
const locate = "default" in artifactUrl ? artifactUrl.default : (artifactUrl as never);

/** Where an artifact is: in the mirror that this machine's Maven uses, otherwise where the library knows it. */
export function jarUrl(coordinates: string, host: Host): Promise<string> {
  const [groupId = "", artifactId = "", version = ""] = coordinates.split(":");
  return locate({ groupId, artifactId, version, extension: "jar" }, mavenMirror(host));
}

export function jarName(coordinates: string): string {
  const [, artifactId, version] = coordinates.split(":");
  return `${artifactId}-${version}.jar`;
}

/** MQBENCH_MAVEN_URL, or the mirror of everything or of Central in the user's Maven settings. */
export function mavenMirror(host: Host): string | undefined {
  const given = host.env.MQBENCH_MAVEN_URL;
  if (given) return withSlash(checked(given));
  const settings = join(host.env.HOME || homedir(), ".m2", "settings.xml");
  const mirror = existsSync(settings) ? mirrorIn(readFileSync(settings, "utf8")) : undefined;
  return mirror === undefined ? undefined : withSlash(mirror);
}

export function mirrorIn(settingsXml: string): string | undefined {
  const xml = settingsXml.replace(/<!--[\s\S]*?-->/g, "");
  for (const [, mirror = ""] of xml.matchAll(/<mirror>([\s\S]*?)<\/mirror>/g)) {
    const of = /<mirrorOf>\s*(.*?)\s*<\/mirrorOf>/.exec(mirror)?.[1] ?? "";
    const url = /<url>\s*(https?:\S+?)\s*<\/url>/.exec(mirror)?.[1];
    if (url && of.split(",").some((id) => ["*", "central", "external:*"].includes(id.trim()))) return url;
  }
  return undefined;
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}

function checked(url: string): string {
  if (/^https?:\/\/\S+$/.test(url)) return url;
  throw new UserError(`MQBENCH_MAVEN_URL: "${url}" is not an http(s) URL`, {
    code: "BAD_URL",
    hints: ["Set it to the address of a Maven repository, or unset it."],
  });
}
