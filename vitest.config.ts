import { defineConfig } from "vitest/config";

// Tests run from the TypeScript sources; `tests/runtimes` runs the built packages as users get them.
export default defineConfig({
  resolve: { conditions: ["bertie-source"] },
  ssr: { resolve: { conditions: ["bertie-source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "tests/**/*.test.ts"],
    testTimeout: 60_000,
  },
});
