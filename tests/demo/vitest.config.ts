import { defineConfig } from "vitest/config";

// The page in a real browser: a part of the gate, not of `npm test`.
export default defineConfig({
  test: { include: ["tests/demo/*.demo.js"], fileParallelism: false, testTimeout: 300_000, hookTimeout: 180_000 },
});
