import { chromium, firefox } from "playwright-core";

const QUIET = ["quic", "background-networking", "component-update", "sync", "gpu"].map((what) => `--disable-${what}`);

/**
 * Starts a headless browser: Chromium, whose WebGPU runs in software (SwiftShader), or Firefox as distributions ship it, over
 * WebDriver BiDi.
 *
 * @param name "chromium" or "firefox"; the environment variables CHROMIUM and FIREFOX name their executables
 * @param preferences preferences of Firefox, which ignores the settings that {@link openPage} gives to Chromium
 */
export function launch(name = process.env.DEMO_BROWSER ?? "chromium", preferences = {}) {
  if (name === "firefox") {
    const executablePath = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
    return firefox.launch({ channel: "moz-firefox", executablePath, firefoxUserPrefs: preferences });
  }
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--no-first-run", "--enable-unsafe-webgpu", ...QUIET],
  });
}

/** Returns the preferences of Firefox for the settings `colorScheme`, `forcedColors` and `reducedMotion` of {@link openPage}. */
export function firefoxPreferences({ colorScheme = "light", forcedColors = "none", reducedMotion = "reduce" } = {}) {
  return {
    "layout.css.prefers-color-scheme.content-override": colorScheme === "dark" ? 0 : 1,
    "browser.display.document_color_use": forcedColors === "active" ? 2 : 0,
    "ui.prefersReducedMotion": reducedMotion === "reduce" ? 1 : 0,
  };
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
  {
    width = 1100,
    height = 900,
    colorScheme = "light",
    forcedColors = "none",
    // Color transitions would make accessibility checks see intermediate colors.
    reducedMotion = "reduce",
    locale = "en-GB",
    onResponse = () => {},
  } = {},
) {
  const settings = { viewport: { width, height }, colorScheme, forcedColors, reducedMotion, locale };
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
