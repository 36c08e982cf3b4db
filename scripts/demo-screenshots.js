// Takes screenshots of the built page for the README in headless Chromium:
//   npm run bundle -w packages/web-demo && node scripts/demo-screenshots.js [VIEW…]
//
// Without the names of views, such as "classify", all views are taken. Only the view "fine-tune" takes minutes.
// The environment variable CHROMIUM names the browser. Requires a font with Chinese characters, for example from
// `apt-get install fonts-wqy-zenhei`.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launch, openPage } from "../tests/demo/browser.js";
import { serveDemo } from "../tests/demo/site.js";

const docs = fileURLToPath(new URL("../docs/demo", import.meta.url));
const unseen = readFileSync(new URL("../examples/data/reviews/unseen.txt", import.meta.url), "utf8");
const sentence = unseen.split("，").slice(0, 3).join("，");
const corpus = fileURLToPath(new URL("../examples/data/reviews/train.tsv", import.meta.url));
const looks = {
  light: { colorScheme: "light", width: 1000, height: 1000 },
  dark: { colorScheme: "dark", width: 1000, height: 1000 },
  phone: { colorScheme: "light", width: 390, height: 844, locale: "zh-CN" },
};

/** Functions that prepare the views for a screenshot, which return the element to wait for and the one to scroll to. */
const views = {
  async tokenize(page) {
    await page.setInputFiles("#corpus-file", corpus);
    return { ready: "#corpus-files a" };
  },
  async "fine-tune"(page, { width, height }) {
    // The viewport must be short enough to scroll the curves to its top.
    await page.setViewportSize({ width, height: Math.min(height, 880) });
    return { ready: "#evaluation", from: "#training" };
  },
  async "type-examples"(page) {
    await page.click("#examples-fill");
    await page.click("#examples-train");
    await page.waitForFunction(() => !document.querySelector("#examples-train").disabled);
    return { ready: "#examples-probabilities li" };
  },
  async classify(page, { width, locale }) {
    // The ready classifier of the language. Its button is hidden while a model is loaded.
    await page.evaluate(() => (document.querySelector("#model-choice").open = true));
    await page.click("#ready");
    await page.waitForSelector("#model-choice:not([open])");
    await page.click(".example >> nth=0");
    if (locale === "zh-CN") await page.fill("#sentence", sentence);
    return { ready: "#explanation:not([hidden])", from: width < 500 ? "#sentence" : undefined };
  },
};
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(views);

const site = await serveDemo();
const browser = await launch();
try {
  // All screenshots use the same page, and so the same trained model.
  const { page } = await openPage(browser, `${site.url}#fine-tune`, looks.light);
  if (chosen.includes("fine-tune")) await train(page);
  for (const [name, look] of Object.entries(looks)) {
    await page.emulateMedia({ colorScheme: look.colorScheme });
    const language = look.locale === "zh-CN" ? "zh-CN" : "en";
    if ((await page.getAttribute("html", "lang")) !== language) await page.click("#language");
    for (const view of chosen) {
      await page.setViewportSize({ width: look.width, height: look.height });
      await page.click(`nav a[href='#${view}']`);
      const { ready, from } = await views[view](page, look);
      await screenshot(page, view, name, ready, from);
    }
  }
} finally {
  await browser.close();
  site.close();
}

/** Fine-tunes the bundled model in the page on 800 rows. */
async function train(page) {
  await page.waitForFunction(() => document.querySelector("#device").value !== "");
  const settings = { rows: 800, "held-out": 200, "train-max-length": 32, frozen: 3, "learning-rate": 5e-4 };
  for (const [id, value] of Object.entries(settings)) await page.fill(`#${id}`, String(value));
  await page.selectOption("#device", "cpu");
  await page.click("#start");
  await page.waitForSelector("#evaluation:not([hidden])", { timeout: 900_000 });
}

/** Takes a screenshot of a view once the element `ready` exists, scrolled to the element `from`. */
async function screenshot(page, view, look, ready, from = `#${view}`) {
  await page.waitForSelector(ready);
  await page.locator(from).evaluate((element) => {
    const bar = document.querySelector(".bar").offsetHeight;
    scrollTo({ top: element.getBoundingClientRect().top + scrollY - bar - 24, behavior: "instant" });
    document.activeElement.blur();
  });
  await page.waitForTimeout(600); // the curves are redrawn in the next frame, in the colors of the color scheme
  await page.screenshot({ path: `${docs}/${view}-${look}.png` });
  console.log(`docs/demo/${view}-${look}.png`);
}
