import { Args, Flags } from "@oclif/core";

// The help prints "<GROUP> FLAGS".
const WHERE = "TARGET";
/** Each sets one key of the profile, and takes a list. */
const WORK = "PROFILE";
const JUDGE = "VERDICT";
const OUTPUT = "OUTPUT";

/** The flags of `mqbench run`. Values stay text: src/run/plan reads them, together with files and environment. */
export const runFlags = {
  on: Flags.string({
    multiple: true,
    helpGroup: WHERE,
    helpValue: "SYSTEM[:MODE][@CLIENT]",
    description: "target, such as kafka or rabbitmq:quorum; repeat it to run on several",
  }),
  url: Flags.string({
    multiple: true,
    helpGroup: WHERE,
    helpValue: "SYSTEM=URL",
    description: "address of a broker of your own; without it mqbench starts a local one",
  }),
  nodes: Flags.string({
    helpGroup: WHERE,
    helpValue: "1|3",
    description:
      "nodes of a local broker that is started for this; without it one, or as many as the one has that is up",
  }),
  driver: Flags.string({
    helpGroup: WHERE,
    helpValue: "PATH",
    description: "module of a driver of your own",
  }),

  rate: Flags.string({
    helpGroup: WORK,
    helpValue: "5k/s",
    description: "messages per second of all producers together",
  }),
  size: Flags.string({
    helpGroup: WORK,
    helpValue: "1KiB",
    description: "size of each message; a list such as 100B,1KiB makes a series, as in all of this group",
  }),
  duration: Flags.string({ helpGroup: WORK, helpValue: "30s", description: "how long to measure" }),
  warmup: Flags.string({ helpGroup: WORK, helpValue: "5s", description: "how long to run before measuring" }),
  messages: Flags.string({
    helpGroup: WORK,
    helpValue: "1M",
    description: "stop sending after this many messages",
  }),
  partitions: Flags.string({
    helpGroup: WORK,
    helpValue: "N",
    description: "partitions, or queues for each subscription",
  }),
  producers: Flags.string({ helpGroup: WORK, helpValue: "N", description: "how many producers" }),
  consumers: Flags.string({ helpGroup: WORK, helpValue: "N", description: "consumers of each subscription" }),
  subscriptions: Flags.string({
    helpGroup: WORK,
    helpValue: "N",
    description: "readers that each see every message",
  }),
  "in-flight": Flags.string({
    helpGroup: WORK,
    helpValue: "N",
    description: "unacknowledged messages for each producer",
  }),
  prefetch: Flags.string({
    helpGroup: WORK,
    helpValue: "N",
    description: "unacknowledged messages for each consumer",
  }),
  durability: Flags.string({
    helpGroup: WORK,
    helpValue: "none|memory|disk|fsync",
    description: "what an acknowledgement has to mean",
  }),
  guarantee: Flags.string({
    helpGroup: WORK,
    helpValue: "at-least-once",
    description: "set what keeps a guarantee, and fail the run if it is broken; see docs/guarantees.md",
  }),
  agents: Flags.string({
    helpGroup: WORK,
    helpValue: "2+2",
    description: "processes that share the producers + processes that share the consumers",
  }),
  seed: Flags.string({ helpGroup: WORK, helpValue: "N", description: "everything random follows from it" }),
  set: Flags.string({
    multiple: true,
    helpGroup: WORK,
    helpValue: "KEY=VALUE",
    description: "any key of the profile, such as consumers.work=5ms",
  }),
  fault: Flags.string({
    multiple: true,
    helpGroup: WORK,
    helpValue: "'pause at=3s for=500ms'",
    description: "disturb the run on purpose, beside the profile's own faults; see docs/faults.md",
  }),
  repeat: Flags.integer({
    min: 1,
    helpGroup: WORK,
    helpValue: "N",
    description: "run everything this often, targets in turn",
  }),

  threshold: Flags.string({
    multiple: true,
    helpGroup: JUDGE,
    helpValue: "'e2e_response.p99 < 50ms'",
    description: "exit with 1 unless it holds; beside the profile's own",
  }),
  strict: Flags.boolean({
    helpGroup: JUDGE,
    description:
      "exit with 3 if any metric is invalid, not only one that a threshold needs, and with 5 if a guarantee or a row has no verdict",
  }),

  out: Flags.string({ helpGroup: OUTPUT, helpValue: "DIR", description: "folder for the results" }),
  floor: Flags.boolean({
    allowNo: true,
    helpGroup: OUTPUT,
    description:
      "measure anew what mqbench reaches alone with this plan, and print it beside the results (--no-floor: never)",
  }),
  "dry-run": Flags.boolean({
    helpGroup: OUTPUT,
    description: "check everything, print the resolved plan and where each value came from, and stop",
  }),
};

export const runArgs = {
  profile: Args.string({
    ignoreStdin: true,
    default: "quick",
    description: 'a name from "mqbench profiles", or the path of a YAML file',
  }),
};
