import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // @oclif/test captures the console itself.
    disableConsoleIntercept: true,
    // Broker tests mostly wait; vitest's default of one worker less than cores would queue them up.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 180_000,
  },
});
