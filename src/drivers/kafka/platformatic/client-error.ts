import { BrokerError } from "../../../model/errors.ts";

/** An error of @platformatic/kafka in the form that the shared parts of the Kafka drivers read: `type` is its code. */
export class ClientError extends Error {
  readonly type: string;

  constructor(message: string, type: string, cause: unknown) {
    super(message, { cause });
    this.name = "ClientError";
    this.type = type;
  }
}

/**
 * The client wraps what happened in several layers of lists. The broker's own code says most, then the
 * operating system's, then the kind of the client's error.
 */
export function translate(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  const all = flatten(error);
  const answers = all.filter((e) => typeof e.apiId === "string");
  // The broker may explain single records, without a code, before it names the reason for the partition.
  const answer = answers.findLast((e) => e.apiId !== "UNKNOWN_SERVER_ERROR") ?? answers.at(-1);
  if (answer)
    return new ClientError(
      answer.serverErrorMessage || answer.message,
      answer.apiId ?? "UNKNOWN_ERROR",
      error,
    );
  const system = all.findLast((e) => /^E[A-Z]+$/.test(e.code ?? ""));
  if (system) return new ClientError(system.message, system.code ?? "UNKNOWN_ERROR", error);
  const own = all.at(-1);
  return new ClientError(own?.message ?? String(error), own ? codeOfOwn(own) : "UNKNOWN_ERROR", error);
}

/** The error's protocol codes, wherever they are in it. */
export function hasCode(error: unknown, code: string): boolean {
  return (
    flatten(error).some((e) => e.apiId === code) || (error instanceof ClientError && error.type === code)
  );
}

/**
 * Runs requests of the client.
 * @param what could not be done, for people
 * @throws BrokerError with the protocol's code: what the broker refuses is not a bug of ours
 */
export async function asked<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    const { message, type } = translate(error);
    throw new BrokerError(`${what}: ${message}`, { code: type, cause: error });
  }
}

type Layer = Error & {
  readonly code?: string;
  readonly apiId?: string;
  readonly serverErrorMessage?: string;
};

/** Every layer, the outermost first and the last attempt last. */
function flatten(error: unknown): Layer[] {
  if (!(error instanceof Error)) return [];
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : [error.cause];
  return [error, ...inner.flatMap(flatten)];
}

/** Its time-out has the code of its network error, so that the class decides. */
function codeOfOwn(error: Layer): string {
  if (error.constructor.name === "TimeoutError") return "REQUEST_TIMEOUT";
  if (
    error.message === "Cannot get a connection: the broker is not available in the current cluster metadata."
  )
    return "BROKER_NOT_FOUND";
  if (/^Unknown topic /.test(error.message)) return "UNKNOWN_TOPIC_OR_PARTITION";
  if (error.code === "PLT_KFK_NETWORK") return "CONNECTION_CLOSED";
  return error.code?.replace(/^PLT_KFK_/, "CLIENT_") ?? "UNKNOWN_ERROR";
}
