import { wrap } from "../report/table.ts";

/** The probes, what each asks and does, and where. */
export function probeListText(
  probes: readonly { readonly name: string; readonly sentence: string; readonly does: string }[],
  modes: readonly string[],
): string {
  const lines = probes.flatMap(({ name, sentence, does }) => [
    ...wrap(sentence, 2, name.padEnd(10)),
    ...wrap(does, 2, "".padEnd(10)),
  ]);
  const [first = "kafka:log"] = modes;
  return [
    ...lines,
    "",
    ...wrap(`on ${modes.join(", ")}; for example mqbench probe ${probes[0]?.name} --on ${first}`, 0),
  ].join("\n");
}
