import { existsSync } from "node:fs";
import { get } from "node:http";
import { messageOf } from "../model/errors.ts";
import type { SoftwareFacts } from "./facts.ts";

const SOCKET = "/var/run/docker.sock";
const ANSWER_LIMIT_MS = 1000;

/** Asks the Docker daemon for its version (Docker Engine API, GET /version). */
export function askDocker(env: NodeJS.ProcessEnv): Promise<SoftwareFacts["docker"]> {
  const address = env.DOCKER_HOST || `unix://${SOCKET}`;
  if (!address.startsWith("unix://"))
    return Promise.resolve({ trouble: "DOCKER_HOST names another machine, not asked" });
  const socketPath = address.slice("unix://".length);
  // On a busy machine the time limit could come before the error that says so.
  if (!existsSync(socketPath)) return Promise.resolve({ trouble: "there is no socket" });
  return new Promise((resolve) => {
    const options = {
      socketPath,
      path: "/version",
      timeout: ANSWER_LIMIT_MS,
    };
    const request = get(options, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("error", (error) => resolve({ trouble: messageOf(error) }));
      response.on("end", () => {
        const version = /"Version":"([^"]+)"/.exec(text)?.[1];
        resolve(version === undefined ? { trouble: "its answer was not understood" } : { version });
      });
    });
    request.on("timeout", () => request.destroy(new Error("no answer in 1s")));
    request.on("error", (error) => resolve({ trouble: whyNot(error) }));
  });
}

function whyNot(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EACCES" ? "the socket may not be used" : messageOf(error);
}
