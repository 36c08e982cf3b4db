import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { inChromium } from "../../scripts/chromium.js";
import { ROOT, unzip, useDemo } from "./demo.js";
import { classify, trainOnExamples } from "./visitor.js";

const open = useDemo();
/** Folder in the repository, so that the code of the page finds the packages that it imports. */
mkdirSync(join(ROOT, "node_modules/.cache"), { recursive: true });
const folder = mkdtempSync(join(ROOT, "node_modules/.cache/saved-models-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = "早餐的水果很新鲜";
const classes = { 食物: ["早餐丰富", "面条太咸了", "味道不错"], 房间: ["床很软", "房间太小", "浴室的水不热"] };

/** Saves the model of the page in a format, and unpacks the zip file. Returns the path of the zip file. */
async function save(page, format) {
  await page.selectOption("#save-format", format);
  const download = page.waitForEvent("download");
  await page.click("#save-zip");
  await page.waitForFunction(() => /^Saved/.test(document.querySelector("#saved").textContent));
  const archive = join(folder, `${format}.zip`);
  await (await download).saveAs(archive);
  unzip(readFileSync(archive), folder);
  return archive;
}

/** Returns the code that the page shows, as it is copied. */
async function codeFor(page, format, target) {
  await page.selectOption("#save-format", format);
  await page.selectOption("#code-for", target);
  await page.click("#copy-code");
  await page.waitForSelector("#copy-code:has-text('Copied')");
  return page.evaluate(() => navigator.clipboard.readText());
}

/** Checks the scores of a program against those of the page. */
function expectScores(scores, expected, tolerance = 1e-4) {
  expect(scores).toHaveLength(Object.keys(expected).length);
  for (const { label, score } of scores) expect(Math.abs(score - expected[label])).toBeLessThan(tolerance);
}

/** Runs code in Node, and returns the scores that it prints. */
function runInNode(code, name) {
  const path = join(folder, `${name}.mjs`);
  // The scores are printed as JSON instead of the abbreviated format of console.log(). Imports run first wherever they are.
  writeFileSync(path, `console.log = (value) => process.stdout.write(JSON.stringify(value));\n${code}`);
  return JSON.parse(execFileSync(process.execPath, [path], { cwd: folder, encoding: "utf8" }));
}

/** Runs code in a page that is next to the saved models, and returns the scores that it prints. */
async function runInPage(code, name) {
  const path = join(folder, `${name}.js`);
  writeFileSync(path, code);
  return inChromium(
    { executablePath: process.env.CHROMIUM, scripts: [path], folder },
    async (page, _browser, server) => {
      const origin = `http://127.0.0.1:${server.address().port}`;
      const foreign = [];
      page.on(
        "request",
        (request) =>
          request.url().startsWith(origin) || request.url().startsWith("blob:") || foreign.push(request.url()),
      );
      const printed = page.waitForEvent("console", { predicate: (message) => message.type() === "log" });
      const failed = page.waitForEvent("pageerror").then((error) => Promise.reject(error));
      await page.goto("/");
      const scores = await (await Promise.race([printed, failed])).args()[0].jsonValue();
      expect(foreign).toEqual([]);
      return scores;
    },
  );
}

it("saves a model that was trained in the page for Node, pages and Python, with the same probabilities", async () => {
  const page = await open("#type-examples");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.waitForSelector("#example-classes fieldset");
  await trainOnExamples(page, classes);
  await page.click("nav a[href='#classify']");
  await page.waitForSelector("#save-model:not([hidden])");
  const expected = await classify(page, text);
  await page.locator("#sentence").blur();
  await save(page, "directory");
  // ONNX cannot be opened again, which the page says, and the model stays.
  for (const format of ["fp32", "int8"]) {
    await page.setInputFiles("#model-zip", await save(page, format));
    await page.waitForSelector("#model-fault:not([hidden])");
    expect(await page.textContent("#model-fault")).toMatch(/^bertie-onnx: .*Use the model directory from which/);
    expect(await page.textContent("#model-name")).toMatch(/^Trained here/);
  }

  expectScores(runInNode(await codeFor(page, "directory", "node"), "bertie"), expected);
  expectScores(runInNode(await codeFor(page, "fp32", "node"), "transformers"), expected);
  expectScores(runInNode(await codeFor(page, "int8", "node"), "quantized"), expected, 0.05);

  symlinkSync(join(ROOT, "node_modules/onnxruntime-web/dist"), join(folder, "onnxruntime-web"));
  const library = createRequire(createRequire(import.meta.url).resolve("@huggingface/transformers"));
  symlinkSync(dirname(library.resolve("onnxruntime-web")), join(folder, "ort"));
  expectScores(await runInPage(await codeFor(page, "directory", "page"), "bertie-page"), expected);
  expectScores(await runInPage(await codeFor(page, "fp32", "page"), "transformers-page"), expected);

  const python = join(folder, "python/bin/python");
  execFileSync("python3", ["-m", "venv", join(folder, "python")]);
  const code = await codeFor(page, "fp32", "python");
  const [, names] = /pip install (.*)/.exec(await page.textContent("#code-packages"));
  execFileSync(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...names.split(" ")]);
  const printed = JSON.parse(execFileSync(python, ["-c", code], { cwd: folder, encoding: "utf8" }));
  expectScores(
    Object.entries(printed).map(([label, score]) => ({ label, score })),
    expected,
  );
  // PyTorch is too large to install here, so only the syntax of the other program is checked.
  const compile = "import sys; compile(sys.stdin.read(), 'program', 'exec')";
  execFileSync(python, ["-c", compile], { input: await codeFor(page, "directory", "python") });
});
