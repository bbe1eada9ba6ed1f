/**
 * What probes need of a broker in one mode, where the driver contract (src/drivers/driver.ts) has no word for it: to read
 * again from a place, to have one more worker join, to bind an exchange. Each part is optional: a mode without one is not
 * testable by that probe, and the probe says so.
 */
export interface Hands {
  /** The library that it speaks through. */
  readonly client: string;
  /** Of the broker, as it says itself. */
  readonly version: string;
  readonly replay?: ReplayHands;
  readonly scale?: ScaleHands;
  readonly routing?: RoutingHands;
  readonly priority?: PriorityHands;
  /** Removes all that was made, and disconnects. Idempotent; never throws because something is broken. */
  close(): Promise<void>;
}

/** How hands are made. */
export interface HandsSettings {
  readonly url: string;
  /** `log`, `quorum`, … */
  readonly mode: string;
  /** Begins the names of all that is made on the broker. */
  readonly prefix: string;
  /** Its reason is why everything ends now. */
  readonly signal: AbortSignal;
  /** Something broke while nobody waited for it; what is waited for fails with this. */
  fail(error: Error): void;
}

/** @throws BrokerError when there is nobody, or we are refused */
export type HandsFactory = (settings: HandsSettings) => Promise<Hands>;

/** A place to read from: the first that is there, the first that was stored at a time (epoch, ms), or what comes next. */
export type Place = "start" | "tail" | { readonly timeMs: number };

export interface ReplayHands {
  /** Whether a reader may name a {@link Place}; else the only thing that it can do is to attach once more. */
  readonly hasPlaces: boolean;
  /** Resolves when the broker has acknowledged all of them. */
  publish(bodies: readonly string[]): Promise<void>;
  /** Reads so many from the beginning, and acknowledges each. */
  readAndAcknowledge(count: number): Promise<readonly string[]>;
  /**
   * Attaches once more, at the place where that can be named; publishes `mark` when it is there, and resolves with
   * what it was given before the mark came (copies of the mark left out).
   */
  readAgain(place: Place, mark: string): Promise<readonly string[]>;
}

/** One message that was worked on. */
export interface Work {
  /** Number of the worker, from 0. */
  readonly worker: number;
  readonly body: string;
  /** When the worker began and was done, `performance.now()`. */
  readonly beganMs: number;
  readonly atMs: number;
  /** False: of a share that the worker had to give up meanwhile. */
  readonly isOwn: boolean;
}

export interface Crew {
  done(work: Work): void;
  /** The work was shared out anew. */
  moved(): void;
}

export interface ScaleHands {
  /** How the work is shared, for people: `4 partitions, classic group protocol`. */
  readonly sharing: string;
  /** Parts that are shared out whole; undefined: any worker may get any message. */
  readonly partitions?: number;
  /** Publishes; over all partitions alike. */
  fill(bodies: readonly string[]): Promise<void>;
  /** One more worker that needs `workMs` for a message; resolves when it has its share of the rest. */
  join(workMs: number, crew: Crew): Promise<void>;
  /** What a worker without a limit takes away from the next one; absent where no worker can hoard. */
  hoard?(count: number): Promise<Hoarded>;
}

export interface Hoarded {
  /** What the first worker had been handed out before the second came. */
  readonly first: number;
  /** What was left for the second. */
  readonly left: number;
}

export interface RoutingMessage {
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** To come back where nobody wants it. */
  readonly mandatory?: boolean;
}

export interface RoutingBinding {
  readonly queue: string;
  readonly key?: string;
  readonly arguments?: Readonly<Record<string, string>>;
}

/** An exchange, who listens to it, and what is sent to it. */
export interface RoutingSetUp {
  readonly name: string;
  readonly type: "direct" | "fanout" | "topic" | "headers";
  readonly bindings: readonly RoutingBinding[];
  /** The queue behind an alternate exchange. */
  readonly alternate?: string;
  readonly messages: readonly RoutingMessage[];
}

/** Where one message came out. */
export interface Routed {
  /** Names of queues, sorted. */
  readonly to: readonly string[];
  readonly returned: boolean;
}

export interface RoutingHands {
  /** Where each message of a set-up came out, in their order. */
  table?(setUp: RoutingSetUp): Promise<readonly Routed[]>;
  /** Messages a second that are confirmed through a topic exchange with so many bindings. */
  costPerS?(bindings: number, messages: number): Promise<number>;
  /** Where there is nothing but the topic: what a reader that wants one kind of several has to take. */
  broadcast?(kinds: readonly string[], wanted: string, ofEach: number): Promise<Broadcast>;
}

export interface Broadcast {
  readonly published: number;
  /** By a reader of the one topic that all kinds go to. */
  readonly received: number;
  /** Of these, after its own filter. */
  readonly kept: number;
  /** By a reader of a topic that has only what it wants. */
  readonly ownTopic: number;
}

/** A backlog of normal messages, and then urgent ones. */
export interface PriorityJob {
  readonly normal: number;
  readonly urgent: number;
  /** What the only worker needs for a message. */
  readonly workMs: number;
}

/** One way to arrange it. The first of a mode is the best that the broker itself has. */
export interface PriorityTrial {
  /** Stable, for scripts: `urgentPlaces`. */
  readonly name: string;
  /** For people: `x-max-priority 10`. */
  readonly how: string;
  /** Whether the application does the overtaking: then it says nothing of the broker. */
  readonly isEmulation?: boolean;
  /** In the order in which they were worked on. */
  readonly order: readonly { readonly isUrgent: boolean; readonly waitedMs: number }[];
}

export interface PriorityHands {
  trials(job: PriorityJob): Promise<readonly PriorityTrial[]>;
}
