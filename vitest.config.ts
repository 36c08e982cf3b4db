import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// Tests run from the TypeScript sources; `tests/runtimes` runs the built packages as users get them.
export default defineConfig({
  resolve: { conditions: ["bertie-source"] },
  ssr: { resolve: { conditions: ["bertie-source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "tests/**/*.test.ts"],
    testTimeout: 60_000,
    // The default on two cores is one worker, which idles while a test waits for a process that it has started.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
