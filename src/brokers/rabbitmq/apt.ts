import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BrokerError } from "../../model/errors.ts";
import { findTool, OWN_BROKER_HINT, type Work } from "../host.ts";
import { runTool } from "../run-tool.ts";

/** The release whose RabbitMQ is the default version. */
const SUITE = "trixie";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const HINTS = ["Check the network and apt's own settings (does `apt-get update` work?).", OWN_BROKER_HINT];

/** apt with a state of its own: it changes nothing on the machine, needs no root and checks all signatures. */
export interface PrivateApt {
  update(): Promise<void>;
  /** The version that would be downloaded. */
  candidate(name: string): Promise<string>;
  /** What a package depends on, as its control file says. */
  dependencies(name: string): Promise<string>;
  /** Downloads packages into `dir` and returns their paths. */
  download(names: readonly string[], dir: string): Promise<readonly string[]>;
}

/** `debian13`: that release, from the mirror that this machine uses; `host`: all of the machine's own sources. */
export async function openApt(source: "debian13" | "host", dir: string, work: Work): Promise<PrivateApt> {
  const empty = join(dir, "empty.d");
  for (const sub of ["empty.d", "lists/partial", "cache/archives/partial"])
    mkdirSync(join(dir, sub), { recursive: true });
  writeFileSync(join(dir, "empty"), "");
  const lines = [
    ...(await hostAcquireSettings(work)),
    `Dir::Etc::Parts "${empty}";`,
    `Dir::Etc::Main "${join(dir, "empty")}";`,
    `Dir::State "${dir}";`,
    `Dir::State::Lists "${join(dir, "lists")}";`,
    `Dir::State::Status "${join(dir, "empty")}";`,
    `Dir::Cache "${join(dir, "cache")}";`,
    // Root's apt would download as another user, who may not write into our directories.
    `APT::Sandbox::User "";`,
    `Acquire::Languages "none";`,
  ];
  const config = join(dir, "apt.conf");
  writeFileSync(config, `${lines.join("\n")}\n`);
  const env = { ...work.host.env, APT_CONFIG: config, LC_ALL: "C" };
  const run = async (tool: string, args: readonly string[], purpose: string, cwd = dir): Promise<string> => {
    const path = findTool(work.host, tool) ?? tool;
    return (await runTool(path, args, { env, cwd, signal: work.signal, purpose, hints: HINTS })).stdout;
  };
  if (source === "debian13") {
    const uris = await run("apt-get", ["update", "--print-uris"], "reading the machine's package sources");
    const list = join(dir, "sources.list");
    writeFileSync(list, `deb [signed-by=${keyring()}] ${debianMirror(uris)} ${SUITE} main\n`);
    lines.push(`Dir::Etc::SourceList "${list}";`, `Dir::Etc::SourceParts "${empty}";`);
    lines.push(`Dir::Etc::Preferences "${join(dir, "empty")}";`, `Dir::Etc::PreferencesParts "${empty}";`);
    writeFileSync(config, `${lines.join("\n")}\n`);
  }
  return {
    update: async () => {
      await run(
        "apt-get",
        ["-q", "update", "-o", "APT::Update::Error-Mode=any"],
        "reading the package lists",
      );
    },
    candidate: async (name) => {
      const text = await run("apt-cache", ["policy", name], `looking up ${name}`);
      const version = /Candidate: (\S+)/.exec(text)?.[1];
      if (version && version !== "(none)") return version;
      throw new BrokerError(`this machine's package sources have no ${name}`, {
        code: "NO_PACKAGE",
        hints: [OWN_BROKER_HINT],
      });
    },
    dependencies: async (name) => {
      const text = await run("apt-cache", ["show", "--no-all-versions", name], `looking up ${name}`);
      return /^Depends: (.*)$/m.exec(text)?.[1] ?? "";
    },
    download: async (names, into) => {
      await run("apt-get", ["-q", "download", ...names], "downloading packages", into);
      return readdirSync(into)
        .filter((name) => name.endsWith(".deb"))
        .map((name) => join(into, name));
    },
  };
}

/** Proxies, retries and the like hold for us too; hooks and indexes do not. */
async function hostAcquireSettings(work: Work): Promise<readonly string[]> {
  const options = { env: work.host.env, signal: work.signal, purpose: "reading apt's settings" };
  const { stdout } = await runTool(
    findTool(work.host, "apt-config") ?? "apt-config",
    ["dump", "Acquire"],
    options,
  );
  const foreign = /^Acquire::(IndexTargets|Changelogs|Languages|CompressionTypes|cdrom)\b|^Acquire "/;
  return stdout.split("\n").filter((line) => line.trim() && !foreign.test(line));
}

/**
 * The base address of the Debian archive that this machine uses. apt prints what it would fetch, so it and not we
 * reads its sources in all their forms.
 */
export function debianMirror(printedUris: string, codename: string = hostCodename()): string {
  const suites = new Set([codename, SUITE, "stable", "oldstable"]);
  for (const [, uri = "", suite = ""] of printedUris.matchAll(/^'(\S+?)\/dists\/([^/']+)\/InRelease'/gm))
    if (suites.has(suite)) return uri;
  throw new BrokerError(`this machine's package sources have no Debian archive to take ${SUITE} from`, {
    code: "NO_DEBIAN_MIRROR",
    hints: ["Use the machine's own RabbitMQ: --version host.", OWN_BROKER_HINT],
  });
}

function hostCodename(): string {
  const text = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  return /^VERSION_CODENAME=(\S+)/m.exec(text)?.[1] ?? SUITE;
}

function keyring(): string {
  if (existsSync(KEYRING)) return KEYRING;
  throw new BrokerError(`the keys of the Debian archive are missing: ${KEYRING}`, {
    code: "NO_KEYRING",
    hints: ["Install the package debian-archive-keyring.", OWN_BROKER_HINT],
  });
}
