import { cpus, loadavg } from "node:os";
import type { CpuFacts } from "./facts.ts";
import { cgroupFolders, countList, parseCpuTimes, parsePressure, type Read, smallest } from "./proc.ts";

const CPU = "/sys/devices/system/cpu";

/** The cores that there are for this process, and who else wants them. */
export function probeCpu(read: Read): CpuFacts {
  const cores = Math.max(1, cpus().length);
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(read("/proc/self/status") ?? "")?.[1];
  const times = parseCpuTimes(read("/proc/stat"));
  const wanted = times === undefined ? 0 : times.total - times.idle;
  return {
    model: cpus()[0]?.model.trim() || "unknown model",
    cores,
    allowed: allowed === undefined ? cores : countList(allowed),
    quota: cpuQuota(read),
    load1: loadavg()[0] ?? 0,
    pressure10: parsePressure(read("/proc/pressure/cpu"))?.share10,
    stolenSinceBoot: times === undefined || wanted === 0 ? undefined : times.stolen / wanted,
    virtual: virtualLayers(read),
    governors: governors(read, cores),
    turbo: turbo(read),
  };
}

/** In cores; undefined without one. cgroup v2: `cpu.max`, v1: `cpu.cfs_quota_us` and its period. */
export function cpuQuota(read: Read): number | undefined {
  const share = (quota: string | undefined, period: string | undefined): number | undefined =>
    Number(quota) > 0 && Number(period) > 0 ? Number(quota) / Number(period) : undefined;
  return smallest(
    cgroupFolders(read, "cpu").flatMap((folder) => {
      const [quota, period] = (read(`${folder}/cpu.max`) ?? "").trim().split(" ");
      return [
        share(quota, period),
        share(read(`${folder}/cpu.cfs_quota_us`), read(`${folder}/cpu.cfs_period_us`)),
      ];
    }),
  );
}

/** What lies between this process and the metal; empty for nothing, undefined where that cannot be told. */
export function virtualLayers(read: Read): readonly string[] | undefined {
  const info = read("/proc/cpuinfo");
  if (info === undefined) return undefined;
  const machine = ["sys_vendor", "product_name"].map((n) => read(`/sys/class/dmi/id/${n}`)?.trim() ?? "");
  const layers = machineLayers(info, machine.join(" ").trim(), read("/proc/version") ?? "");
  return layers && [...layers, ...containers(read)];
}

/** Makers of virtual machines, as they name themselves in the firmware's tables. */
const MAKERS = /QEMU|KVM|Amazon EC2|Google|Microsoft|VMware|Xen|VirtualBox|Bochs|Parallels|OpenStack/i;

function machineLayers(info: string, machine: string, version: string): readonly string[] | undefined {
  if (/microsoft/i.test(version)) return ["WSL"];
  if (/^flags\s*:.*\bhypervisor\b/m.test(info)) return [machine || "a virtual machine"];
  if (MAKERS.test(machine)) return [machine];
  // Only on x86 does the processor itself say that there is no hypervisor.
  return /^flags\s*:/m.test(info) ? [] : undefined;
}

function containers(read: Read): readonly string[] {
  if (/kubepods/.test(read("/proc/self/cgroup") ?? "")) return ["a Kubernetes pod"];
  if (read("/.dockerenv") !== undefined) return ["a Docker container"];
  return read("/run/.containerenv") !== undefined ? ["a Podman container"] : [];
}

function governors(read: Read, cores: number): readonly string[] | undefined {
  const names = new Set<string>();
  for (let core = 0; core < cores; core++) {
    const name = read(`${CPU}/cpu${core}/cpufreq/scaling_governor`)?.trim();
    if (name) names.add(name);
  }
  return names.size === 0 ? undefined : [...names];
}

function turbo(read: Read): boolean | undefined {
  const off = read(`${CPU}/intel_pstate/no_turbo`)?.trim();
  if (off !== undefined) return off === "0";
  const on = read(`${CPU}/cpufreq/boost`)?.trim();
  return on === undefined ? undefined : on === "1";
}
