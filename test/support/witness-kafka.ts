import { witnessOf } from "./witness.ts";

export const { system, mode, client, factory } = await witnessOf("kafka");
