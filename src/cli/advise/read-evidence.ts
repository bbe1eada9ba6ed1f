import { statSync } from "node:fs";
import type { Base } from "../../advisor/base.ts";
import { createCollector } from "../../advisor/evidence/collect.ts";
import type { Evidence } from "../../advisor/evidence/evidence.ts";
import { readEvidenceMap } from "../../advisor/input/read-knowledge.ts";
import { readEnvironment } from "../../run/environment.ts";
import { readEvidence as readFolder } from "../../store/evidence-folder.ts";

/**
 * What lies in a folder of results.
 * @param given by whoever asks; else the usual folder, where there is one
 * @throws UserError `NO_EVIDENCE` where the folder that was given is none
 */
export async function readEvidence(base: Base, given: string | undefined, usual: string): Promise<Evidence> {
  const folder = given ?? usual;
  const collector = createCollector(base.modes.map((m) => m.id));
  let unread = 0;
  if (given !== undefined || isFolder(folder))
    for await (const file of readFolder(folder))
      if (file.kind === "unread") unread = file.count;
      else if ("document" in file) collector.add(file.kind, file.document);
      else collector.leaveOut(file.kind);
  const { facts, leftOut } = collector;
  return { folder, map: readEvidenceMap(), here: readEnvironment(), facts, leftOut, unread };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
