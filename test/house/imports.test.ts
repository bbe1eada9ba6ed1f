import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/** [a file, what it imports]: every rule of biome.json with a file that breaks it. */
const FORBIDDEN: readonly (readonly [string, string])[] = [
  ["src/model/x.ts", "../load/clock.ts"],
  ["src/model/x.ts", "node:fs"],
  ["src/verify/x.ts", "../load/clock.ts"],
  ["src/verify/x.ts", "node:fs"],
  ["src/stats/x.ts", "../report/text.ts"],
  ["src/advisor/x.ts", "../report/text.ts"],
  ["src/advisor/x.ts", "node:fs"],
  ["src/advisor/x.ts", "yaml"],
  ["src/advisor/input/x.ts", "../../report/text.ts"],
  ["src/advisor/input/x.ts", "../../run/conductor.ts"],
  ["src/advisor/dialogue/x.ts", "../../report/text.ts"],
  ["src/advisor/dialogue/x.ts", "node:fs"],
  ["src/advisor/evidence/x.ts", "../input/read-knowledge.ts"],
  ["src/advisor/evidence/x.ts", "node:fs"],
  ["src/report/x.ts", "../store/results.ts"],
  ["src/report/x.ts", "node:fs/promises"],
  ["src/load/x.ts", "../drivers/registry.ts"],
  ["src/load/x.ts", "../run/conductor.ts"],
  ["src/store/x.ts", "../run/conductor.ts"],
  ["src/drivers/x.ts", "../load/clock.ts"],
  ["src/drivers/kafka/x.ts", "../rabbitmq/amqplib.ts"],
  ["src/drivers/kafka/x.ts", "amqplib"],
  ["src/drivers/kafka/wire/x.ts", "kafkajs"],
  ["src/drivers/kafka/wire/x.ts", "../../../load/clock.ts"],
  ["src/drivers/kafka/platformatic/x.ts", "../wire/wire.ts"],
  ["src/drivers/kafka/x.ts", "@platformatic/kafka"],
  ["src/run/x.ts", "@node-rs/crc32"],
  ["src/doctor/x.ts", "../load/clock.ts"],
  ["src/explain/x.ts", "../report/text.ts"],
  ["src/drivers/rabbitmq/x.ts", "../../load/clock.ts"],
  ["src/drivers/rabbitmq/x.ts", "kafkajs/index.js"],
  ["src/drivers/rabbitmq/x.ts", "rabbitmq-stream-js-client"],
  ["src/drivers/rabbitmq/stream/x.ts", "amqplib"],
  ["src/run/x.ts", "rabbitmq-stream-js-client/dist/connection.js"],
  ["src/brokers/x.ts", "../drivers/registry.ts"],
  ["src/brokers/kafka/x.ts", "../../run/conductor.ts"],
  ["src/brokers/rabbitmq/x.ts", "kafkajs"],
  ["src/faults/x.ts", "../load/clock.ts"],
  ["src/faults/x.ts", "../brokers/process-id.ts"],
  ["src/faults/x.ts", "kafkajs"],
  ["src/run/x.ts", "@oclif/core"],
  ["src/run/x.ts", "kafkajs"],
  ["src/run/x.ts", "ink"],
  ["src/run/plan/x.ts", "../conductor.ts"],
  ["src/probes/x.ts", "kafkajs"],
  ["src/probes/x.ts", "../report/probe.ts"],
  ["src/probes/kafka/x.ts", "amqplib"],
  ["src/probes/kafka/x.ts", "../../run/brokers.ts"],
  ["src/probes/rabbitmq/x.ts", "../kafka/office.ts"],
  ["src/commands/x.ts", "../load/agent.ts"],
  ["src/commands/x.ts", "../drivers/kafka/kafkajs.ts"],
  ["src/commands/x.ts", "amqplib"],
  ["src/cli/x.ts", "../verify/judge.ts"],
  ["src/cli/advise/x.ts", "ink"],
  ["src/cli/advise/dialogue/x.ts", "kafkajs"],
];

const ALLOWED: readonly (readonly [string, string])[] = [
  ["src/verify/ok.ts", "../model/plan.ts"],
  ["src/advisor/ok.ts", "../model/suggest.ts"],
  ["src/advisor/input/ok.ts", "../knowledge.ts"],
  ["src/advisor/input/ok.ts", "yaml"],
  ["src/advisor/dialogue/ok.ts", "../flips.ts"],
  ["src/cli/advise/dialogue/ok.ts", "ink"],
  ["src/advisor/evidence/ok.ts", "../condition.ts"],
  ["src/load/ok.ts", "../drivers/driver.ts"],
  ["src/load/ok.ts", "node:fs/promises"],
  ["src/drivers/kafka/ok.ts", "kafkajs"],
  ["src/drivers/kafka/wire/ok.ts", "@node-rs/crc32"],
  ["src/drivers/kafka/wire/ok.ts", "../platformatic/office.ts"],
  ["src/drivers/kafka/platformatic/ok.ts", "@platformatic/kafka"],
  ["src/doctor/ok.ts", "../brokers/host.ts"],
  ["src/drivers/rabbitmq/ok.ts", "amqplib"],
  ["src/drivers/rabbitmq/stream/ok.ts", "rabbitmq-stream-js-client/dist/connection.js"],
  ["src/drivers/rabbitmq/stream/ok.ts", "../options.ts"],
  ["src/brokers/kafka/ok.ts", "../download.ts"],
  ["src/faults/ok.ts", "node:net"],
  ["src/run/ok.ts", "../drivers/registry.ts"],
  ["src/probes/ok.ts", "../run/brokers.ts"],
  ["src/probes/kafka/ok.ts", "kafkajs"],
  ["src/probes/rabbitmq/ok.ts", "../../drivers/rabbitmq/connection.ts"],
  ["src/commands/ok.ts", "@oclif/core"],
  ["src/commands/ok.ts", "../run/conductor.ts"],
];

describe("the rooms' import directions", () => {
  let dir: string;
  let offences: ReadonlySet<string>;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "mqbench-house-"));
    cpSync(join(root, "biome.json"), join(dir, "biome.json"));
    const files = new Map<string, string>();
    for (const [i, [file, target]] of [...FORBIDDEN, ...ALLOWED].entries()) {
      const name = file.replace(/\.ts$/, `-${i}.ts`);
      files.set(name, `export * from ${JSON.stringify(target)};\n`);
    }
    for (const [name, text] of files) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), text);
    }
    offences = await offendingFiles(dir);
  });

  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it.each(FORBIDDEN.map(([file, target], i) => [file, target, i] as const))(
    "%s may not import %s",
    (file, _, i) => {
      expect(offences).toContain(file.replace(/\.ts$/, `-${i}.ts`));
    },
  );

  it.each(ALLOWED.map(([file, target], i) => [file, target, i + FORBIDDEN.length] as const))(
    "%s may import %s",
    (file, _, i) => {
      expect(offences).not.toContain(file.replace(/\.ts$/, `-${i}.ts`));
    },
  );
});

async function offendingFiles(dir: string): Promise<ReadonlySet<string>> {
  const biome = join(root, "node_modules/.bin/biome");
  const args = [
    "lint",
    "--only=style/noRestrictedImports",
    "--reporter=json",
    "--vcs-enabled=false",
    "--max-diagnostics=none",
    ".",
  ];
  const output = await run(biome, args, { cwd: dir }).then(
    (r) => r.stdout,
    (failed: { stdout: string }) => failed.stdout,
  );
  const report = JSON.parse(output) as { diagnostics: { location: { path: string | { file: string } } }[] };
  return new Set(
    report.diagnostics.map((d) =>
      typeof d.location.path === "string" ? d.location.path : d.location.path.file,
    ),
  );
}
