import { messageOf } from "../model/errors.ts";
import { writeAtomically } from "./atomic.ts";
import { problemsOf } from "./schema.ts";

/** A JSON document of ours on disk, held against its schema each time it is written. */
export interface CheckedFile<T> {
  /** What could not be written, and why. */
  readonly troubles: readonly string[];
  /**
   * Replaces it. A disk that is full becomes a trouble.
   * @throws Error (a bug) when the document breaks its own schema
   */
  write(document: T): Promise<void>;
}

/** @param schema one of schemas/, without `.json` */
export function checkedFile<T>(path: string, schema: Parameters<typeof problemsOf>[1]): CheckedFile<T> {
  const troubles: string[] = [];
  return {
    troubles,
    async write(document) {
      // As it will be read: without what is undefined, with null for what is no number in JSON.
      const text = `${JSON.stringify(document, null, 2)}\n`;
      const problems = problemsOf(JSON.parse(text), schema);
      if (problems.length > 0)
        throw new Error(`${path} breaks its schema: ${problems.slice(0, 5).join("; ")}`);
      await writeAtomically(path, text).catch((error: unknown) => {
        troubles.push(`${path} could not be written: ${messageOf(error)}`);
      });
    },
  };
}
