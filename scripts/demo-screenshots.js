// Takes screenshots of the built page for the README in headless Chromium:
//   npm run bundle -w packages/web-demo && node scripts/demo-screenshots.js
//
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

const site = await serveDemo();
const browser = await launch();
try {
  // All screenshots use the same page, and so the same trained model.
  const { page } = await openPage(browser, `${site.url}#fine-tune`, looks.light);
  await train(page);
  for (const [name, look] of Object.entries(looks)) {
    await page.emulateMedia({ colorScheme: look.colorScheme });
    await page.setViewportSize({ width: look.width, height: look.height });
    const language = look.locale === "zh-CN" ? "zh-CN" : "en";
    if ((await page.getAttribute("html", "lang")) !== language) await page.click("#language");
    await page.click("nav a[href='#tokenize']");
    await page.setInputFiles("#corpus-file", corpus);
    await screenshot(page, "tokenize", name, "#corpus-files a");
    // The viewport must be short enough to scroll the curves to its top.
    await page.setViewportSize({ width: look.width, height: Math.min(look.height, 880) });
    await screenshot(page, "fine-tune", name, "#evaluation", "#training");
    await page.setViewportSize({ width: look.width, height: look.height });
    await page.click("nav a[href='#classify']");
    await page.fill("#sentence", sentence);
    await screenshot(page, "classify", name, "#probabilities li", name === "phone" ? "#sentence" : undefined);
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
  await page.click(`nav a[href='#${view}']`);
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
