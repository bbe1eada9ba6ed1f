/** What is measured: a system, what of it is used, and the library that speaks to it. */
export interface TargetName {
  /** `kafka`, `rabbitmq`, `memory`, … */
  readonly system: string;
  /** `log`, `classic`, `quorum`, … */
  readonly mode: string;
  /** `kafkajs`, `amqplib`, … */
  readonly client: string;
}

/** `system:mode@client`, the full name that reports and folders use. */
export function targetText(t: TargetName): string {
  return `${t.system}:${t.mode}@${t.client}`;
}
