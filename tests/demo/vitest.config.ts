import { defineConfig } from "vitest/config";

/** Browsers other than Chromium that are installed. In continuous integration, all of them have to be. */
const others = process.env.CI === "true" ? "firefox webkit" : (process.env.DEMO_BROWSERS ?? "firefox webkit");
const exclude = ["firefox", "webkit"]
  .filter((name) => !others.includes(name))
  .map((name) => `tests/demo/${name}.demo.js`);

// Tests of the page in real browsers. `npm run check` runs them, but `npm test` does not.
export default defineConfig({
  test: {
    exclude,
    include: ["tests/demo/*.demo.js"],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 180_000,
  },
});
