// Bundles the built packages for the browser and runs the suite in headless Chromium, off a server on this machine.
//   node tests/runtimes/chromium/run.js [/usr/bin/chromium]
import { fileURLToPath } from "node:url";
import { inChromium } from "../../../scripts/chromium.js";

const scripts = [fileURLToPath(new URL("page.js", import.meta.url))];
const complaints = [];
const { ok, lines } = await inChromium({ executablePath: process.argv[2], scripts }, async (page) => {
  page.on("pageerror", (error) => complaints.push(error.stack));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto("/");
  await page.waitForFunction("'runSuite' in globalThis");
  return page.evaluate("runSuite()");
});
for (const line of lines) console.log(line);
for (const complaint of complaints) console.error(`the page complains: ${complaint}`);
process.exitCode = ok && complaints.length === 0 ? 0 : 1;
