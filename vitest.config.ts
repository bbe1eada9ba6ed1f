import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // @oclif/test captures the console itself.
    disableConsoleIntercept: true,
    testTimeout: 30_000,
    hookTimeout: 180_000,
  },
});
