import type { Claim, Rule } from "../../advisor/knowledge.ts";
import { UserError } from "../../model/errors.ts";
import { nearest } from "../../model/suggest.ts";
import { finish, paint, type Style } from "../../report/style.ts";
import { joined, wrap } from "../../report/table.ts";
import { conditionText, pointsText, type Speaker, vendorName } from "./phrases.ts";

/**
 * The rule that is called so.
 * @throws UserError `UNKNOWN_RULE` with the nearest one
 */
export function findRule({ base }: Speaker, id: string): Rule {
  const found = base.rules.find((rule) => rule.id === id.toLowerCase());
  if (found) return found;
  const near = nearest(
    id,
    base.rules.map((rule) => rule.id),
  );
  throw new UserError(`there is no rule "${id}"`, {
    code: "UNKNOWN_RULE",
    hints: [
      ...(near === undefined ? [] : [`Did you mean "${near}"? Then: mqbench advise explain ${near}`]),
      "mqbench advise explain lists them all.",
    ],
  });
}

/** Every rule under its kind, each with its sentence. */
export function ruleList(speaker: Speaker, style: Style): string {
  const { base, words } = speaker;
  const sections = (["gate", "veto", "score", "note"] as const).map((kind) => [
    kind,
    ...base.rules.filter((r) => r.kind === kind).flatMap((r) => wrap(`${r.id}: ${words.because(r)}`, 2)),
  ]);
  return finish(joined([[`${base.rules.length} rules`], ...sections], style), style);
}

/** One rule: what it does, when, why, who says so. */
export function ruleText(speaker: Speaker, rule: Rule, claims: readonly Claim[], style: Style): string {
  const { base, words } = speaker;
  const row = (key: string, text: string) => wrap(text, 2, `${words.say(key)}: `);
  const lines = [
    paint(rule.id, "strong", style),
    ...wrap(effectText(speaker, rule)),
    "",
    ...wrap(words.because(rule)),
    "",
    ...row("rule.when", conditionText(speaker, rule.when)),
    ...(rule.guard === undefined
      ? []
      : row(
          "rule.guard",
          Object.entries(rule.guard)
            .map((e) => e.join(" "))
            .join(", "),
        )),
    ...row("rule.view", viewOf(speaker, rule.stance)),
    ...rule.sources.flatMap((id) => {
      const source = base.sources.find((s) => s.id === id)!;
      return row("rule.sources", `${source.title}, ${source.where}`);
    }),
    ...rule.claims.flatMap((id) =>
      row("rule.claims", `${id} ${claims.find((c) => c.id === id)?.claim ?? ""}`),
    ),
    ...(rule.corrects.length === 0 ? [] : row("rule.corrects", rule.corrects.join(", "))),
    ...(rule.probe === undefined ? [] : row("rule.probe", proofText(speaker, rule.probe))),
    ...row("rule.reviewed", rule.reviewed),
  ];
  return finish(`${lines.join("\n")}\n`, style);
}

function effectText({ base, words }: Speaker, rule: Rule): string {
  switch (rule.kind) {
    case "gate":
      return words.say("rule.gate", {
        outcome: words.outcome(base.outcomes.find((o) => o.id === rule.outcome)!, "label"),
      });
    case "veto":
      return words.say("rule.veto", { modes: rule.options.join(", ") });
    case "score":
      return words.say("rule.score", {
        points: Object.entries(rule.score)
          .map(([mode, p]) => `${mode} ${pointsText(p)}`)
          .join(", "),
      });
    case "note":
      return words.say("rule.note", { about: rule.about });
  }
}

function viewOf(speaker: Speaker, stance: string): string {
  const [kind, vendor] = stance.split(":");
  return speaker.words.say(`view.${kind}`, { name: vendor === undefined ? "" : vendorName(speaker, vendor) });
}

function proofText({ base, words }: Speaker, probe: string): string {
  const proof = base.proofs.find((p) => p.id === probe)!;
  const title = words.proof(proof);
  if (proof.command === undefined) return words.say("prove.none", { title });
  return `${title}: ${proof.command.replace("{modes}", (proof.modes ?? ["TARGET"]).map((m) => `--on ${m}`).join(" "))}`;
}
