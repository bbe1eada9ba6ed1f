import type { Condition } from "./condition.ts";

export interface Option {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly label: string;
}

export type Scope = "flow" | "global";
export type QuestionGroup = "shape" | "must" | "detail" | "context";

export interface Question {
  /** Also its flag, and its key in an answers file. */
  readonly id: string;
  readonly aliases: readonly string[];
  /** `flow`: of one kind of message; `global`: of the whole system. */
  readonly scope: Scope;
  readonly group: QuestionGroup;
  /** Its options are a scale, from little to much. */
  readonly ordered: boolean;
  /** The option that holds when nobody says otherwise. */
  readonly assume?: string;
  /** In a list of must-haves: the options that a first, a second, … tick means. */
  readonly tick?: readonly string[];
  /** In a list of must-haves: the option that no tick means; without it that leaves the question open. */
  readonly blank?: string;
  readonly ask: string;
  /** What hangs on it. */
  readonly why: string;
  readonly options: readonly Option[];
}

/** A way to use a broker: `kafka:log`. */
export interface Mode {
  readonly id: string;
  readonly product: string;
  /** The product's name, as people write it. */
  readonly name: string;
  readonly label: string;
  /** It can be told to flush each message before it is confirmed; absent: yes. */
  readonly flushes?: boolean;
}

/** What to set on something, with who says so. */
export interface Setting {
  readonly id: string;
  readonly modes: readonly string[];
  /** `topic`, `queue`, `producer`, ... */
  readonly on: string;
  readonly set: string;
  /** The answers that ask for it; undefined: always. */
  readonly when?: Condition;
  readonly sources: readonly string[];
}

/** A profile of `mqbench run`, and the jobs that it resembles. */
export interface Resembling {
  readonly profile: string;
  readonly when?: Condition;
  /** Up to this rate, messages a second, it is run at the one that was answered. */
  readonly rate?: number;
  /** The modes that it is made for; undefined: any that mqbench can run. */
  readonly modes?: readonly string[];
}

/** What to do without a broker: `none.sync`. */
export interface Outcome {
  readonly id: string;
  readonly label: string;
  readonly instead: string;
  /** When to ask again. */
  readonly again: string;
}

export type NoteAbout = "pitfall" | "correction" | "context";

interface RuleBase {
  readonly id: string;
  readonly when: Condition;
  /** System → `>=4.3` or `<4.3`: the versions of which it is true. */
  readonly guard?: Readonly<Record<string, string>>;
  /** One or two sentences that a person would say. */
  readonly because: string;
  /** Statements of claims.yaml that it answers. */
  readonly claims: readonly string[];
  /** Corrections of what is often written (O..) and contradictions (T..) that it settles. */
  readonly corrects: readonly string[];
  /** Ids of sources.yaml. */
  readonly sources: readonly string[];
  /** Whose view it is: `neutral`, `practice`, or `vendor:` and who. */
  readonly stance: string;
  /** An experiment of proofs.yaml that would show it. */
  readonly probe?: string;
  /** The day on which somebody last compared it with its sources. */
  readonly reviewed: string;
}

/** No broker, whatever the scores say. */
export interface GateRule extends RuleBase {
  readonly kind: "gate";
  readonly outcome: string;
  /** Of several open gates the lowest is the verdict. */
  readonly rank: number;
}

/** Rules modes out, whatever the scores say. */
export interface VetoRule extends RuleBase {
  readonly kind: "veto";
  readonly options: readonly string[];
}

/** Points for and against modes: 1 weak, 2 moderate, 4 strong. */
export interface ScoreRule extends RuleBase {
  readonly kind: "score";
  readonly score: Readonly<Record<string, number>>;
}

/** Something to know about a verdict; it has no part in it. */
export interface NoteRule extends RuleBase {
  readonly kind: "note";
  readonly about: NoteAbout;
  /** Modes, outcomes or `both`: what must be recommended for it to matter; undefined: anything. */
  readonly for?: readonly string[];
}

export type Rule = GateRule | VetoRule | ScoreRule | NoteRule;

/** Who wrote a source: a vendor or project by name, or `others`. */
export interface Source {
  readonly id: string;
  readonly by: string;
  readonly title: string;
  readonly where: string;
}

/** How to see on a machine of one's own what rules say. */
export interface Proof {
  readonly id: string;
  readonly title: string;
  /** With `{modes}` in it; undefined: mqbench has no command for it yet. */
  readonly command?: string;
  /** The modes that the command makes sense for; undefined: any that mqbench can run. */
  readonly modes?: readonly string[];
}

export type ClaimCheck = "live" | "partly" | "rule" | "context";

/** A statement that people make. */
export interface Claim {
  readonly id: string;
  readonly check: ClaimCheck;
  readonly probes: readonly string[];
  readonly corrects: readonly string[];
  readonly claim: string;
}

/** What one more product costs, in points. */
export interface SecondCost {
  readonly question: string;
  readonly cost: Readonly<Record<string, number>>;
  readonly otherwise: number;
  readonly paid: { readonly question: string; readonly option: string; readonly cost: number };
}

/** Everything that the advisor knows, as the files beside this one say it. */
export interface Knowledge {
  readonly questions: readonly Question[];
  readonly modes: readonly Mode[];
  readonly outcomes: readonly Outcome[];
  readonly second: SecondCost;
  readonly rules: readonly Rule[];
  readonly sources: readonly Source[];
  readonly proofs: readonly Proof[];
  readonly settings: readonly Setting[];
  /** The first that fits is taken. */
  readonly resembling: readonly Resembling[];
}
