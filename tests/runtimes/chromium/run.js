// Bundles the built packages for the browser, and runs the suite in headless Chromium from a local server.
//   node tests/runtimes/chromium/run.js [/usr/bin/chromium]
import { fileURLToPath } from "node:url";
import { startHub } from "../../../packages/hub/src/testing/hub-server.js";
import { inChromium } from "../../../scripts/chromium.js";
import { CUT, checkResumed, HUB_MODEL, hubFiles } from "../hub.js";

const hub = await startHub({ [HUB_MODEL]: hubFiles() });
hub.state.cut = { file: "model.safetensors", after: CUT, times: 1 };
hub.state.corrupt = "vocab.txt";
/** Chromium logs failed requests, and the tests of the hub let requests fail. */
const isExpected = (message) => new URL(message.location().url || "about:blank").port === new URL(hub.url).port;

const scripts = [fileURLToPath(new URL("page.js", import.meta.url))];
const errors = [];
const { ok, lines } = await inChromium({ executablePath: process.argv[2], scripts }, async (page) => {
  page.on("pageerror", (error) => errors.push(error.stack));
  page.on("console", (message) => message.type() === "error" && !isExpected(message) && errors.push(message.text()));
  await page.goto("/");
  await page.waitForFunction("'runSuite' in globalThis");
  return page.evaluate(`runSuite("${hub.url}")`);
});
await hub.close();
checkResumed(hub.requests);
for (const line of lines) console.log(line);
for (const error of errors) console.error(`error in the page: ${error}`);
process.exitCode = ok && errors.length === 0 ? 0 : 1;
