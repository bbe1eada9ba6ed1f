import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** These hold numbers against a theory, or load the cores for what they want to find: what runs beside them counts. */
const TIMED = [
  "test/commands/limit.test.ts",
  "test/doctor/**/*.test.ts",
  "test/load/**/*.test.ts",
  "test/run/{calibrate,floor,lying,memory,oath,pause,schedule,stall}.test.ts",
];

/** Faults are to meet messages in their time. */
const FAULTS = [
  "test/run/{agents,amqp-proxy,broker-faults,crash,faults,faults-killed,guarantee,memory-alarm,node-faults}.test.ts",
  "test/run/{ordering,ordering-breaks,orphan,soak-slice,transactions,traps}.test.ts",
  "test/drivers/rabbitmq-nodes.test.ts",
];

/** Of half a minute and more, in an order that keeps clusters apart: begun last, one of them would be waited for. */
const LONG = [
  "test/run/soak-slice.test.ts",
  "test/run/broker-faults.test.ts",
  "test/run/faults.test.ts",
  "test/run/transactions.test.ts",
  "test/run/crash.test.ts",
  "test/run/ordering-breaks.test.ts",
  "test/run/guarantee.test.ts",
  "test/run/traps.test.ts",
  "test/drivers/rabbitmq-nodes.test.ts",
  "test/drivers/kafka-nodes.test.ts",
  "test/drivers/kafka/wire-restart.test.ts",
  "test/brokers/real.test.ts",
  "test/drivers/rabbitmq.test.ts",
  "test/drivers/kafka.test.ts",
  "test/drivers/kafka-wire.test.ts",
  "test/drivers/kafka/members.test.ts",
  "test/cli/bin.test.ts",
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((name) => moduleId.endsWith(name));
      return at < 0 ? LONG.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    // @oclif/test captures the console itself.
    disableConsoleIntercept: true,
    testTimeout: 30_000,
    hookTimeout: 180_000,
    globalSetup: "test/support/broker-home.ts",
    // One group after the other.
    projects: [
      {
        extends: true,
        test: { name: "timed", include: TIMED, maxWorkers: 2, retry: 1, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: "faults",
          include: FAULTS,
          // With a broker a test mostly waits. More at a time would be quicker, and faults meet nothing in their time.
          maxWorkers: 3,
          maxConcurrency: 2,
          // Brokers, agents and the injector of faults share two cores: what met nothing in its time may try again.
          retry: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "others",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...TIMED, ...FAULTS],
          maxWorkers: 4,
          maxConcurrency: 3,
          retry: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
