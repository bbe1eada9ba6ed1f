import { realpathSync } from "node:fs";

/** The type of the file system that holds `path`; undefined where the mounts cannot be read. */
export function fileSystemOf(path: string, mountinfo: string | undefined): string | undefined {
  return mountinfo === undefined ? undefined : typeIn(mountinfo, realpathSync(path));
}

/** From /proc/self/mountinfo (proc(5)): the deepest mount above the path, and of several there the last. */
export function typeIn(mountinfo: string, path: string): string | undefined {
  let best = "";
  let type: string | undefined;
  for (const line of mountinfo.split("\n")) {
    const [left = "", right] = line.split(" - ");
    const point = unescaped(left.split(" ")[4] ?? "");
    if (right === undefined || point.length < best.length || !isBelow(path, point)) continue;
    best = point;
    type = right.split(" ")[0];
  }
  return type;
}

function isBelow(path: string, point: string): boolean {
  return point === "/" || path === point || path.startsWith(`${point}/`);
}

/** Spaces and the like are written as `\040`. */
function unescaped(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
