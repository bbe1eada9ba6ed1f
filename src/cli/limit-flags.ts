import { Args, Flags } from "@oclif/core";
import { runFlags } from "./run-flags.ts";

// A search chooses rates and lengths by itself, and repeats what is in doubt.
const {
  rate: _rate,
  duration: _duration,
  messages: _messages,
  repeat: _repeat,
  fault: _fault,
  threshold: _threshold,
  strict: _strict,
  ...shared
} = runFlags;

const SEARCH = "SEARCH";

/** The flags of `mqbench limit`: its own, and those of `mqbench run` that mean something here. */
export const limitFlags = {
  slo: Flags.string({
    multiple: true,
    required: true,
    helpGroup: SEARCH,
    helpValue: "'e2e_response.p99 < 20ms'",
    description: "what has to hold; repeat it for several",
  }),
  from: Flags.string({
    helpGroup: SEARCH,
    helpValue: "1k/s",
    description: "rate to begin with, and the lowest one; without it a short closed loop says where to begin",
  }),
  to: Flags.string({
    helpGroup: SEARCH,
    helpValue: "100k/s",
    description: "the highest rate to try; without it rates double until something fails",
  }),
  "step-duration": Flags.string({
    helpGroup: SEARCH,
    helpValue: "10s",
    description: "how long to measure at each rate; without it what the profile says",
  }),
  precision: Flags.string({
    helpGroup: SEARCH,
    helpValue: "5%",
    default: "5%",
    description: "how far apart the rate that holds and the one that fails may be",
  }),
  ...shared,
};

export const limitArgs = {
  profile: Args.string({
    default: "limit",
    // Else oclif takes a profile from a stdin that is no terminal.
    ignoreStdin: true,
    description: 'a name from "mqbench profiles", or the path of a YAML file, with an open loop and one rate',
  }),
};
