import { defineConfig } from "vitest/config";

// The documentation site in a real browser: a part of the gate, not of `npm test`.
export default defineConfig({
  test: {
    include: ["tests/site/*.site.js"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 600_000,
    globalSetup: "tests/site/build.js",
  },
});
