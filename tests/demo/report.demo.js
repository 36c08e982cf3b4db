import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launch, openPage } from "./browser.js";
import { expectAccessible, ROOT, useScratch } from "./demo.js";

const scratch = useScratch();
const run = join(scratch.folder, "run");
let browser;

const bertie = (...args) =>
  execFileSync(process.execPath, [`${ROOT}/packages/cli/bin/bertie.js`, ...args], { encoding: "utf8", stdio: "pipe" });

beforeAll(async () => {
  const words = ["很差 awful", "很好 fine", "不大不小 <b>so-so</b>"];
  const labels = ["bad", "good", 'so-so "&<script>"'];
  const rows = (count) =>
    Array.from({ length: count }, (_, i) => `${labels[i % 3]}\t${words[(i + (i % 7 === 0)) % 3]}，${i % 10} 酒店\n`);
  const data = join(scratch.folder, "data");
  mkdirSync(data);
  writeFileSync(join(data, "train.tsv"), rows(48).join(""));
  writeFileSync(join(data, "dev.tsv"), rows(30).join(""));
  const model = [
    "--bert-config-file",
    `${ROOT}/packages/model/fixtures/tiny-bert/bert_config.json`,
    "--random-weights",
  ];
  const tokens = ["--vocab-file", `${ROOT}/tests/cli/fixtures/vocab.txt`, "--do-lower-case", "--max-seq-length", "16"];
  const training = [
    "--train-batch-size",
    "8",
    "--num-train-epochs",
    "3",
    "--do-train",
    "--do-eval",
    "--metric",
    "loss",
  ];
  const options = ["--task-name", "news", "--data-dir", data, ...model, ...tokens, ...training];
  bertie("train", ...options, "--learning-rate", "3e-3", "--output-dir", run);
  bertie("train", ...options, "--learning-rate", "1e-5", "--output-dir", `${run}-2`);
  bertie("report", run, `${run}-2`, "--html", join(scratch.folder, "comparison.html"));
  browser = await launch();
});
afterAll(() => browser?.close());

async function open(path) {
  const { page, problems } = await openPage(browser, pathToFileURL(path).href);
  return { page, problems };
}

describe("report.html", () => {
  it("has no axe violations in light and dark themes and at phone width, and sends no requests", async () => {
    const { page, problems } = await open(join(run, "report.html"));
    await expectAccessible(page);
    for (const summary of await page.$$("summary")) await summary.click();
    await expectAccessible(page);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it("shows curves, mistakes and all labels as text", async () => {
    const { page } = await open(join(run, "report.html"));
    expect(
      await page.$$eval("svg[role=img] > title", (titles) => titles.map(({ textContent }) => textContent)),
    ).toEqual(expect.arrayContaining(["Training loss", "Learning rate", "Loss during training"]));
    expect(await page.textContent("table.heat thead")).toContain('so-so "&<script>"');
    expect(await page.$$eval("script", (scripts) => scripts.length)).toBe(0);
    expect(await page.$$eval("main b", (elements) => elements.length)).toBe(0);
    await page.context().close();
  });

  it("can be printed: light, and without scrolling regions", async () => {
    const { page } = await open(join(run, "report.html"));
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    const styles = await page.evaluate(() => [
      getComputedStyle(document.body).backgroundColor,
      getComputedStyle(document.querySelector(".scroll")).overflow,
      getComputedStyle(document.querySelector("nav")).display,
    ]);
    expect(styles).toEqual(["rgb(255, 255, 255)", "visible", "none"]);
    await page.context().close();
  });
});

it("the page of a comparison has no axe violations", async () => {
  const { page, problems } = await open(join(scratch.folder, "comparison.html"));
  await expectAccessible(page);
  expect(problems).toEqual([]);
  await page.context().close();
});
