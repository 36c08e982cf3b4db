import { defineConfig } from "vitest/config";

// Tests of the page in a real browser. `npm run check` runs them, but `npm test` does not.
export default defineConfig({
  test: { include: ["tests/demo/*.demo.js"], fileParallelism: false, testTimeout: 300_000, hookTimeout: 180_000 },
});
