// Measures a training step in headless Chromium with onnxruntime-web, and prints the same JSON as
// `bertie bench step --json`:
//   node bench/training/chromium.js step --layers 4 --threads 2 --steps 10     (CHROMIUM: path of the browser)
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { inChromium } from "../../scripts/chromium.js";
import { median } from "../statistics.js";

/** Defaults of the options, the same as in `bertie bench step`. */
const DEFAULTS = {
  ...{ layers: 4, "hidden-size": 312, heads: 12, "intermediate-size": 1248, "vocab-size": 21128 },
  ...{ "batch-size": 32, "seq-length": 128, threads: 2, steps: 10, "warmup-steps": 2 },
};

const { values } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(
    Object.entries(DEFAULTS).map(([name, value]) => [name, { type: "string", default: `${value}` }]),
  ),
});
const options = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
const scripts = ["chromium-page.js", "chromium-worker.js"].map((name) => {
  return fileURLToPath(new URL(name, import.meta.url));
});

const result = await inChromium({ executablePath: process.env.CHROMIUM, scripts }, async (page, browser) => {
  await page.goto("/");
  await page.waitForFunction("'time' in globalThis");
  const { times, engine, device } = await page.evaluate((options) => time(options), options);
  return {
    median_ms: round(median(times)),
    min_ms: round(Math.min(...times)),
    peak_rss_mb: round(await peakMegabytes(browser)),
    device,
    engine: `${engine} in Chromium ${browser.version()}`,
    precision: "fp32",
  };
});
console.log(JSON.stringify(result));

/** Returns the peak memory of the page's process in MiB, from /proc on Linux. */
async function peakMegabytes(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const peaks = processInfo
    .filter(({ type }) => type === "renderer")
    .map(({ id }) => Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))[1]));
  return Math.max(...peaks) / 1024;
}

function round(value) {
  return Math.round(value * 100) / 100;
}
