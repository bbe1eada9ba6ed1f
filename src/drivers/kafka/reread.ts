/** A topic is read again in the same way whatever client the run used: by our own code on the wire. */
export { rereadTopic } from "./wire/reread.ts";
