import { chromium } from "playwright-core";

const QUIET = ["quic", "background-networking", "component-update", "sync", "gpu"].map((what) => `--disable-${what}`);

/** Headless Chromium, whose WebGPU is SwiftShader's. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless",
      "--no-sandbox",
      "--no-first-run",

      "--enable-unsafe-webgpu",
      ...QUIET,
    ],
  });
}

/**
 * Opens a page in a profile of its own.
 *
 * @param options.onResponse is told of every response to page and workers
 * @returns the page, and a list of what it complains of, and whom else than its host it asks for anything
 */
export async function openPage(
  browser,
  url,
  { width = 1100, height = 900, colorScheme = "light", locale = "en-GB", onResponse = () => {} } = {},
) {
  // Colours that change slowly would be looked at halfway.
  const look = { viewport: { width, height }, colorScheme, reducedMotion: "reduce", locale };
  const context = await browser.newContext(look);
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error.stack ?? error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  context.on("request", (request) => {
    const address = new URL(request.url());
    const here = address.protocol === "blob:" || address.origin === new URL(url).origin;
    if (!here) complaints.push(`asked ${address}`);
  });
  context.on("response", onResponse);
  await page.goto(url);
  return { page, complaints };
}
