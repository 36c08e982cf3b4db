// Takes screenshots of every view of the built page for the documentation, in headless Chromium: in both languages, light, dark and
// at phone width.
//   npm run bundle -w packages/web-demo && node scripts/demo-screenshots.js [en] [zh]     default: both languages
//
// The environment variable CHROMIUM names the browser. Requires a font with Chinese characters, for example from
// `apt-get install fonts-wqy-zenhei`. The images have 256 colors, which makes them a third as large.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp"; // installed with @huggingface/transformers
import { launch, openPage } from "../tests/demo/browser.js";
import { serveDemo } from "../tests/demo/site.js";

const docs = fileURLToPath(new URL("../docs/demo", import.meta.url));
const languages = {
  en: { locale: "en-GB", suffix: "", reviews: "reviews-en" },
  zh: { locale: "zh-CN", suffix: "-zh", reviews: "reviews" },
};
const looks = {
  light: { colorScheme: "light", width: 1000, height: 1000 },
  dark: { colorScheme: "dark", width: 1000, height: 1000 },
  phone: { colorScheme: "light", width: 390, height: 844 },
};

const requested = process.argv.slice(2);
const site = await serveDemo();
const browser = await launch("chromium");
try {
  for (const [name, language] of Object.entries(languages))
    if (requested.length === 0 || requested.includes(name)) await takeAll(language);
} finally {
  await browser.close();
  site.close();
}

/** Takes all screenshots of a language. They use the same page, and so the same trained model. */
async function takeAll({ locale, suffix, reviews }) {
  const { page } = await openPage(browser, `${site.url}#fine-tune`, { ...looks.light, locale });
  const examples = new URL(`../examples/data/${reviews}/`, import.meta.url);
  const [sentence] = readFileSync(new URL("unseen.txt", examples), "utf8").split("\n");
  await page.waitForFunction(() => document.querySelector("#device").value !== "");
  await screenshot(page, `settings-light${suffix}`, "#data-sets");
  await page.click("#start");
  await page.waitForSelector("#evaluation:not([hidden])", { timeout: 900_000 });
  for (const [name, look] of Object.entries(looks)) {
    await page.emulateMedia({ colorScheme: look.colorScheme });
    await page.setViewportSize({ width: look.width, height: look.height });
    await page.click("nav a[href='#tokenize']");
    await page.setInputFiles("#corpus-file", fileURLToPath(new URL("train.tsv", examples)));
    await screenshot(page, `tokenize-${name}${suffix}`, "#corpus-files a", "#tokenize");
    await page.click("nav a[href='#fine-tune']");
    // The viewport must be short enough to scroll the curves to its top.
    await page.setViewportSize({ width: look.width, height: Math.min(look.height, 880) });
    await screenshot(page, `fine-tune-${name}${suffix}`, "#evaluation", "#training");
    await page.setViewportSize({ width: look.width, height: look.height });
    await page.click("nav a[href='#type-examples']");
    await page.click("#examples-fill");
    await page.click("#examples-train");
    await page.waitForFunction(() => !document.querySelector("#examples-train").disabled);
    await screenshot(page, `type-examples-${name}${suffix}`, "#examples-probabilities li", "#type-examples");
    await page.click("nav a[href='#classify']");
    // The ready classifier of the language. Its button is hidden while a model is loaded.
    await page.evaluate(() => (document.querySelector("#model-choice").open = true));
    await page.click("#ready");
    await page.waitForSelector("#model-choice:not([open])");
    await page.fill("#sentence", sentence);
    await screenshot(
      page,
      `classify-${name}${suffix}`,
      "#explanation:not([hidden])",
      name === "phone" ? "#sentence" : "#classify",
    );
  }
  await page.context().close();
}

/** Takes a screenshot of the current view once the element `ready` exists, scrolled to the element `from`. */
async function screenshot(page, name, ready, from = "#fine-tune") {
  await page.waitForSelector(ready);
  await page.locator(from).evaluate((element) => {
    element.scrollIntoView({ behavior: "instant" });
    document.activeElement.blur();
  });
  await page.waitForTimeout(600); // the curves are redrawn in the next frame, in the colors of the color scheme
  const image = await sharp(await page.screenshot())
    .png({ palette: true, quality: 80, effort: 10 })
    .toBuffer();
  writeFileSync(`${docs}/${name}.png`, image);
  console.log(`docs/demo/${name}.png  ${Math.round(image.length / 1000)} KB`);
}
