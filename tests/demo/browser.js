import { chromium, firefox } from "playwright-core";

const QUIET = ["quic", "background-networking", "component-update", "sync", "gpu"].map((what) => `--disable-${what}`);

/**
 * Starts a headless browser: Chromium, whose WebGPU runs in software (SwiftShader), or Firefox as distributions ship it, over
 * WebDriver BiDi.
 *
 * @param name "chromium" or "firefox"; the environment variables CHROMIUM and FIREFOX name their executables
 */
export function launch(name = process.env.DEMO_BROWSER ?? "chromium") {
  if (name === "firefox")
    return firefox.launch({ channel: "moz-firefox", executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr" });
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--no-first-run", "--enable-unsafe-webgpu", ...QUIET],
  });
}

/**
 * Opens a page in a new profile.
 *
 * @param options.onResponse called with every response to the page and its workers
 * @returns the page, and a list of its errors and of its requests to other hosts
 */
export async function openPage(
  browser,
  url,
  { width = 1100, height = 900, colorScheme = "light", locale = "en-GB", onResponse = () => {} } = {},
) {
  // Color transitions would make accessibility checks see intermediate colors.
  const settings = { viewport: { width, height }, colorScheme, reducedMotion: "reduce", locale };
  const context = await browser.newContext(settings);
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error.stack ?? error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  context.on("request", (request) => {
    const address = new URL(request.url());
    const isOwn = address.protocol === "blob:" || address.origin === new URL(url).origin;
    if (!isOwn) problems.push(`requested ${address}`);
  });
  context.on("response", onResponse);
  await page.goto(url);
  return { page, problems };
}
