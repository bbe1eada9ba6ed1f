import { configDefaults, defineConfig } from "vitest/config";

/** These hold numbers against a theory, or load the cores for what they want to find: what runs beside them counts. */
const TIMED = [
  "test/commands/limit.test.ts",
  "test/doctor/**/*.test.ts",
  "test/load/**/*.test.ts",
  "test/run/{calibrate,floor,lying,memory,oath,schedule,stall}.test.ts",
];

export default defineConfig({
  test: {
    // @oclif/test captures the console itself.
    disableConsoleIntercept: true,
    testTimeout: 30_000,
    hookTimeout: 180_000,
    globalSetup: "test/support/broker-home.ts",
    // One group after the other.
    projects: [
      {
        extends: true,
        test: { name: "timed", include: TIMED, maxWorkers: 2, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: "others",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...TIMED],
          // With a broker a test mostly waits.
          maxWorkers: 3,
          maxConcurrency: 3,
          // Brokers, agents and the injector of faults share two cores: what met nothing in its time may try once more.
          retry: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
