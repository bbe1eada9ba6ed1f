import { Args } from "@oclif/core";
import { adviseFlags, QUESTIONS } from "../cli/advise/flags.ts";
import { BaseCommand } from "../cli/base.ts";
import { terminalStyle } from "../cli/terminal.ts";
import { UserError } from "../model/errors.ts";
import { EXIT } from "../model/exit.ts";

export default class Advise extends BaseCommand {
  static override summary = "Say which broker and which mode fit a job, why, and what would change that.";
  static override description = [
    "Answers come as flags or from a file (one flow, or several); what is not answered stays open and is counted. " +
      "On a terminal and without answers it asks, a few screens long.",
    "The answer is kafka, rabbitmq, either, both, neither (and what instead) or a conflict of must-haves. " +
      "Every reason is a rule with its sources: mqbench advise explain RULE.",
    `Exit codes: 0 there is a verdict, ${EXIT.failed} must-haves contradict each other, ${EXIT.usage} the answers are wrong or missing, ${EXIT.inconclusive} it is open (only with --on-open fail).`,
  ].join("\n\n");
  static override examples = [
    {
      description: "Jobs with retries, one worker each",
      command: "<%= config.bin %> advise --kind task --delay retry --ack each --priority must",
    },
    {
      description: "Answers from a file",
      command: "<%= config.bin %> advise --answers order-events.yaml --json",
    },
    {
      description: "With the experiments that matter most, run now",
      command: "<%= config.bin %> advise --answers order-events.yaml --prove",
    },
    {
      description: "A decision record to commit",
      command: "<%= config.bin %> advise --answers order-events.yaml --as markdown > decision.md",
    },
    { description: "The whole decision as a chart", command: "<%= config.bin %> advise --as flowchart" },
    {
      description: "One rule, and who says so",
      command: "<%= config.bin %> advise explain replay-needs-a-log",
    },
  ];
  static override enableJsonFlag = true;
  static override args = {
    what: Args.string({
      ignoreStdin: true,
      description: "explain: say what a rule is",
    }),
    rule: Args.string({ ignoreStdin: true, description: "the rule to explain; all when none is named" }),
  };
  static override flags = adviseFlags;

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Advise);
    // Loaded late: the help needs none of it.
    const [
      { createSpeaker },
      { decisionRecord },
      { adviceText },
      { adviceJson },
      { sheetFrom },
      { requireAnswers },
    ] = await Promise.all([
      import("../cli/advise/speaker.ts"),
      import("../cli/advise/decision-record.ts"),
      import("../cli/advise/advice-text.ts"),
      import("../cli/advise/advice-json.ts"),
      import("../cli/advise/sheet-from.ts"),
      import("../cli/advise/missing.ts"),
    ]);
    const { speaker, contradictions, runnable, rates } = createSpeaker(flags.lang);
    const isJson = this.jsonEnabled();
    const style = terminalStyle(process.stdout, process.env);
    if (args.what !== undefined && args.what !== "explain") throw notExplain(args.what);
    if (args.what !== undefined) return this.#explain(speaker, args.rule, style);
    if (flags.as === "flowchart") return this.#chart(speaker, isJson);
    const { advise } = await import("../advisor/advice.ts");
    const answered = QUESTIONS.flatMap((q) => {
      const value = (flags as Record<string, unknown>)[q.id];
      return typeof value === "string" ? [[q.id, value] as const] : [];
    });
    const { dialogueMode } = await import("../cli/advise/dialogue/mode.ts");
    const { stdin, stdout, env } = process;
    const mode = dialogueMode({ flags, hasAnswers: answered.length > 0, isJson, stdin, stdout, env });
    const given = await sheetFrom(
      { file: flags.answers, flags: Object.fromEntries(answered), rest: flags.rest },
      QUESTIONS,
      contradictions,
    );
    const talk =
      mode === "none"
        ? undefined
        : await this.#ask({ mode, speaker, contradictions, sheet: given, isQuick: flags.quick, style });
    const sheet = talk?.sheet ?? given;
    if (talk === undefined) requireAnswers(speaker, sheet, !flags.input);
    const advice = advise(speaker.base, sheet);
    if (isJson && flags.as !== "text") throw twoForms(flags.as);
    const evidence = flags["no-evidence"]
      ? undefined
      : await this.#evidence(speaker, advice, runnable, flags);
    const document = adviceJson(speaker, advice, runnable, rates, evidence);
    if (!isJson)
      this.out(
        flags.as === "markdown"
          ? decisionRecord(speaker, advice, runnable, evidence)
          : adviceText(speaker, advice, {
              style,
              isAll: flags.all,
              runnable,
              rates,
              ...(evidence === undefined ? {} : { evidence }),
            }),
      );
    for (const line of ["", ...(talk?.closing ?? [])]) if (talk !== undefined) this.note(line);
    const code = codeOf(advice, flags["on-open"] === "fail");
    if (code === EXIT.pass) return document;
    if (isJson) this.logJson(document);
    return await this.leave(code);
  }

  /** The answers that a person gives; where the person stops, they are saved and the command ends. */
  async #ask(held: Omit<Held, "signal">): Promise<Conversation> {
    const { holdDialogue } = await import("../cli/advise/dialogue/hold.ts");
    const talk = await holdDialogue({ ...held, signal: this.signal });
    if (talk.ending === "verdict" || talk.ending === "save") return talk;
    for (const line of talk.closing) this.note(line);
    if (talk.ending === "cut") return await this.leave(EXIT.usage);
    return await this.leave(this.signal.reason === "SIGTERM" ? EXIT.sigterm : EXIT.sigint);
  }

  async #explain(speaker: Speaker, id: string | undefined, style: Style): Promise<unknown> {
    const [{ findRule, ruleList, ruleText }, { readClaims }] = await Promise.all([
      import("../cli/advise/rule-text.ts"),
      import("../advisor/input/read-knowledge.ts"),
    ]);
    if (id === undefined) {
      if (!this.jsonEnabled()) this.out(ruleList(speaker, style));
      return { rules: speaker.base.rules };
    }
    const rule = findRule(speaker, id);
    if (!this.jsonEnabled()) this.out(ruleText(speaker, rule, readClaims(), style));
    return rule;
  }

  /** What was measured; with --prove a little more than before. */
  async #evidence(
    speaker: Speaker,
    advice: Advice,
    runnable: readonly string[],
    flags: { readonly evidence?: string | undefined; readonly prove: boolean },
  ): Promise<Evidence> {
    const { readEvidence } = await import("../cli/advise/read-evidence.ts");
    const read = () => readEvidence(speaker.base, flags.evidence, process.env.MQBENCH_OUT ?? "results");
    const before = await read();
    if (!flags.prove) return before;
    const { experimentsOf, runExperiments } = await import("../cli/advise/prove.ts");
    await runExperiments(speaker, experimentsOf(speaker, advice, runnable, before), {
      folder: before.folder,
      signal: this.signal,
      note: (line) => this.note(line),
    });
    return await read();
  }

  async #chart(speaker: Speaker, isJson: boolean): Promise<unknown> {
    const [{ createChart }, { chartText }] = await Promise.all([
      import("../advisor/chart.ts"),
      import("../cli/advise/chart-text.ts"),
    ]);
    if (isJson) throw twoForms("flowchart");
    this.out(chartText(speaker, createChart(speaker.base)));
    return undefined;
  }
}

type Held = import("../cli/advise/dialogue/hold.ts").Held;
type Conversation = import("../cli/advise/dialogue/hold.ts").Conversation;
type Speaker = import("../cli/advise/phrases.ts").Speaker;
type Advice = import("../advisor/advice.ts").Advice;
type Evidence = import("../advisor/evidence/evidence.ts").Evidence;
type Style = import("../report/style.ts").Style;

/** A conflict is a failure of what was asked for; that it is open is one only where somebody said so. */
function codeOf(advice: Advice, failsOpen: boolean): number {
  if (advice.verdict === "conflict") return EXIT.failed;
  return failsOpen && advice.confidence === "open" ? EXIT.inconclusive : EXIT.pass;
}

function notExplain(word: string): UserError {
  return new UserError(`"${word}" is neither a flag nor "explain"`, {
    code: "USAGE",
    hints: [
      "Answers are flags (--kind task) or a file (--answers FILE); mqbench advise explain RULE explains a rule.",
    ],
  });
}

function twoForms(form: string): UserError {
  return new UserError(`--json prints JSON, --as ${form} is another form`, {
    code: "TWO_FORMS",
    hints: ["Leave one of them out."],
  });
}
