/** Most messages that are named of one kind of finding; schemas/run-v1.json takes no more. */
export const EXAMPLES = 100;
