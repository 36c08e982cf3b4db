import { defineConfig } from "vitest/config";

// Tests of the page in a real browser. They are part of the gate, but not of `npm test`.
export default defineConfig({
  test: { include: ["tests/demo/*.demo.js"], fileParallelism: false, testTimeout: 300_000, hookTimeout: 180_000 },
});
