// Bundles the built packages for the browser, and runs the suite in headless Chromium from a local server.
//   node tests/runtimes/chromium/run.js [/usr/bin/chromium]
import { fileURLToPath } from "node:url";
import { inChromium } from "../../../scripts/chromium.js";

const scripts = [fileURLToPath(new URL("page.js", import.meta.url))];
const errors = [];
const { ok, lines } = await inChromium({ executablePath: process.argv[2], scripts }, async (page) => {
  page.on("pageerror", (error) => errors.push(error.stack));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto("/");
  await page.waitForFunction("'runSuite' in globalThis");
  return page.evaluate("runSuite()");
});
for (const line of lines) console.log(line);
for (const error of errors) console.error(`error in the page: ${error}`);
process.exitCode = ok && errors.length === 0 ? 0 : 1;
