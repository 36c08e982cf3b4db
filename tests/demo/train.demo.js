import { describe, expect, it } from "vitest";
import { choose, evaluationOf, expectAccessible, useDemo, useScratch } from "./demo.js";
import { testFineTuneVisit, testFullStorage } from "./fine-tune-visit.js";

const open = useDemo();
const scratch = useScratch();
const minutes = 60_000;

const tiny = { model: "tiny", device: "cpu", rows: 160, "held-out": 40, epochs: 2, "train-max-length": 16 };

it("reaches at least 78% accuracy on the reviews with the preset Quick on the CPU", {
  timeout: 12 * minutes,
}, async () => {
  const page = await open("#fine-tune", { locale: "zh-CN" });
  await page.waitForFunction(() => document.querySelector("#device").value !== "");
  await page.evaluate(() => {
    globalThis.statuses = [];
    const status = document.querySelector("#train-status");
    new MutationObserver(() => statuses.push(status.textContent)).observe(status, { childList: true });
  });
  const spent = await stopwatch(page);
  await page.click("#start");
  await page.waitForFunction(() =>
    /^正在下载引擎和模型：\d+ \/ 62 MB$/.test(document.querySelector("#train-status").textContent),
  );
  // The remaining time is only shown once steps have been measured.
  await page.waitForFunction(() => document.querySelector("#figure-loss").textContent !== "–");
  expect(await page.textContent("#figure-left")).toBe("–");
  await page.waitForFunction(() => document.querySelector("#figure-left").textContent !== "–");
  await page.waitForFunction(
    () => ["#evaluation", "#train-fault"].some((id) => !document.querySelector(id).hidden),
    undefined,
    { timeout: 11 * minutes },
  );
  const { seconds, cpuSeconds } = await spent();
  console.log(`Quick: ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU time`);
  // On a busy machine, the CPU time of all threads counts. Two idle cores take less than that.
  expect(Math.min(seconds, cpuSeconds)).toBeLessThan(120);
  expect(await page.evaluate(() => statuses.some((text) => /^正在编译模型：第 \d+ 个程序$/.test(text)))).toBe(true);
  // The result has been scrolled to, and has the focus.
  const { id, top, bottom, height } = await page.evaluate(() => {
    const { top, bottom } = document.querySelector("#evaluation").getBoundingClientRect();
    return { id: document.activeElement.id, top, bottom, height: innerHeight };
  });
  expect(id).toBe("evaluation-title");
  expect(top).toBeGreaterThan(0);
  expect(bottom).toBeLessThanOrEqual(height);

  await page.click("#language");
  const { accuracy } = await evaluationOf(page, minutes);
  expect(accuracy).toBeGreaterThanOrEqual(0.78);

  const counts = await page.$$eval("#confusion td.right", (cells) =>
    cells.map(({ textContent }) => Number(textContent)),
  );
  expect(counts.reduce((sum, count) => sum + count) / 200).toBeCloseTo(accuracy, 3);
  expect(await page.locator("#chart-loss canvas").count()).toBe(1);
  expect(await page.locator("#chart-accuracy canvas").count()).toBe(1);
  await expectAccessible(page);

  await page.click("nav a[href='#classify']");
  await page.fill("#sentence", "房间很干净，服务也好，下次还来");
  await page.waitForSelector("#explanation:not([hidden])");
  expect(await page.textContent("#probabilities li:first-child")).toMatch(/^positive/);
  expect(await page.locator("#contributions span").count()).toBe(15);
  await expectAccessible(page);
});

/** Returns a function that returns the time and the CPU time of the page and its workers so far, in seconds. */
async function stopwatch(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const cpuTime = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "ProcessTime").value;
  };
  const [start, cpuStart] = [performance.now(), await cpuTime()];
  return async () => ({ seconds: (performance.now() - start) / 1000, cpuSeconds: (await cpuTime()) - cpuStart });
}

it("trains a tiny model on WebGPU (in software) with the same results as on the CPU", {
  timeout: 6 * minutes,
}, async () => {
  const few = { ...tiny, rows: 16, "held-out": 8, epochs: 1, "batch-size": 8, "train-max-length": 8 };
  const results = [];
  for (const device of ["cpu", "webgpu"]) {
    const page = await open("#fine-tune");
    await choose(page, { ...few, device });
    await page.click("#start");
    const evaluation = await evaluationOf(page, 5 * minutes);
    expect(await page.textContent("#train-status")).toMatch(/^Done: 2 steps/);
    results.push({ evaluationLoss: evaluation.loss, loss: Number(await page.textContent("#figure-loss")) });
  }
  const [onCpu, onGpu] = results;
  expect(Math.abs(onGpu.loss - onCpu.loss)).toBeLessThan(0.002);
  expect(Math.abs(onGpu.evaluationLoss - onCpu.evaluationLoss)).toBeLessThan(0.002);
});

describe("visit", () => testFineTuneVisit(open));

describe("interrupted training", () => {
  it("resumes offline after a reload, with the same result as uninterrupted training", {
    timeout: 6 * minutes,
  }, async () => {
    const settings = { ...tiny, rows: 64, epochs: 4 };
    const uninterrupted = await open("#fine-tune");
    await choose(uninterrupted, settings);
    await uninterrupted.click("#start");
    const { summary } = await evaluationOf(uninterrupted, 3 * minutes);
    await uninterrupted.context().close();

    const page = await open("#fine-tune");
    await choose(page, settings);
    await page.click("#start");
    await page.waitForFunction(() => Number(document.querySelector("#figure-loss").textContent) > 0);
    await page.click("#pause"); // writes a checkpoint
    await page.waitForFunction(() => /^Paused at step/.test(document.querySelector("#train-status").textContent));
    const step = Number(await page.textContent("#figure-saved"));
    expect(step).toBeLessThan(16);
    // The page, the engine and the run are stored, so no network is needed.
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await page.context().setOffline(true);
    await page.reload();
    await page.waitForSelector("#unfinished:not([hidden])");
    expect(await page.textContent("#unfinished-text")).toBe(
      `A run of this page was interrupted at step ${step} of 16.`,
    );
    // Another run does not replace this one without a question.
    await page.click("#start");
    await page.waitForSelector("#question[open]");
    expect(await page.textContent("#question-text")).toMatch(/a run that was interrupted at step \d+ of 16 is saved/);
    await page.click("#question-no");
    await page.click("#discard");
    await page.click("#question-no");
    await page.click("#resume");
    expect((await evaluationOf(page, 3 * minutes)).summary).toBe(summary);

    // The result is shown on the next visit, too.
    await page.reload();
    expect((await evaluationOf(page, minutes)).summary).toBe(summary);
    await page.click("nav a[href='#classify']");
    await page.waitForSelector("#save-model:not([hidden])");
    expect(await page.textContent("#model-name")).toContain("negative, positive");
  });

  it("resumes from the last checkpoint after a reload without a pause", { timeout: 4 * minutes }, async () => {
    const page = await open("#fine-tune");
    await choose(page, { ...tiny, rows: 400, epochs: 20 });
    await page.click("#start");
    await page.waitForFunction(() => Number(document.querySelector("#figure-saved").textContent) >= 1);
    // Another tab must not resume the run meanwhile.
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.click("#resume");
    await other.waitForSelector("#train-fault:not([hidden])");
    expect(await other.textContent("#train-fault")).toMatch(/^another tab of this page is training/);
    await other.close();

    await page.reload();
    await page.click("#resume");
    await page.waitForFunction(() => /^Step/.test(document.querySelector("#train-status").textContent));
    await page.click("#stop");
    await evaluationOf(page, 2 * minutes);
  });
});

describe("settings", () => {
  it("with a number out of range are shown and refused", async () => {
    const page = await open("#fine-tune");
    await choose(page, { model: "tiny", device: "cpu", "batch-size": 0 });
    await page.evaluate(() => {
      document.querySelector("#advanced").open = false;
    });
    await page.click("#start");
    await page.waitForSelector("#train-fault:not([hidden])");
    expect(await page.textContent("#train-fault")).toMatch(
      /^Batch size: “0” is not valid\. Enter a number from 1 to 256\./,
    );
    expect(await page.evaluate(() => document.activeElement.id)).toBe("batch-size");
  });
});

describe("storage", () => {
  testFullStorage(open, async (page) => {
    const session = await page.context().newCDPSession(page);
    await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(page.url()).origin, quotaSize: 1_000_000 });
  });
});

describe("custom table", () => {
  const rows = Array.from(
    { length: 60 },
    (_, i) => `${i},"${i % 2 ? "很好" : "很差"}，第 ${i} 间房间",${i % 2 ? "good" : "bad"}`,
  );

  it("has guessed columns that can be changed, and can be used for training", { timeout: 4 * minutes }, async () => {
    const page = await open("#fine-tune");
    await choose(page, { ...tiny, epochs: 1, "train-max-length": 8 });
    await page.check("input[name=data][value=own]");
    await page.setInputFiles("#data-file", scratch.write("own.csv", `id,text,class\n${rows.join("\n")}`));
    await page.waitForSelector("#data-preview select");
    const roles = () => page.$$eval("#data-preview select", (all) => all.map(({ value }) => value));
    expect(await roles()).toEqual(["none", "text", "label"]);
    await expect.poll(() => page.textContent("#data-summary")).toBe("own.csv: 60 rows, 2 classes");
    expect(await page.$$eval("#data-classes li", (all) => all.map(({ textContent }) => textContent))).toEqual([
      ...["bad: 30", "good: 30"],
    ]);
    expect(await page.textContent("#data-sets")).toMatch(/^Training set: 48 rows\. Validation set: 12 rows,/);
    await page.selectOption("#data-preview th:nth-child(1) select", "text");
    expect(await roles()).toEqual(["text", "none", "label"]);
    await page.selectOption("#data-preview th:nth-child(2) select", "text");
    await page.click("#start");
    await evaluationOf(page, 3 * minutes);
    expect(await page.$$eval("#confusion th[scope=row]", (all) => all.map(({ textContent }) => textContent))).toEqual([
      "bad",
      "good",
    ]);
    const warnings = () =>
      page.$$eval("#train-warnings li", (all) => all.map(({ textContent }) => textContent).join("\n"));
    expect(await warnings()).toMatch(
      /^train: 48 texts .* will be truncated\. To keep more of each text, raise the maximum/,
    );
    await page.click("#language");
    expect(await warnings()).toMatch(/^很多文本超过最大长度，会被截断（train: .*）.*请在高级设置中调大最大长度/);
  });

  it.each([
    ["empty.tsv", "", "empty.tsv: the file has no rows"],
    [
      "short.tsv",
      `${"a\tgood room\nb\tbad room\n".repeat(5)}a\n`,
      "short.tsv, line 11: expected 2 columns delimited by tabs, found 1.",
    ],
  ])("is rejected with an error message if it is invalid: %s", async (name, text, message) => {
    const page = await open("#fine-tune");
    await choose(page, tiny);
    await page.check("input[name=data][value=own]");
    await page.setInputFiles("#data-file", scratch.write(name, text));
    await page.waitForSelector("#train-fault:not([hidden])");
    expect(await page.textContent("#train-fault")).toContain(message);
    expect(await page.isVisible("#data-preview select")).toBe(false);
  });

  it("cannot be used for training without a text and a label column", async () => {
    const page = await open("#fine-tune");
    await choose(page, tiny);
    await page.check("input[name=data][value=own]");
    await page.setInputFiles("#data-file", scratch.write("none.tsv", "a\tb\n"));
    await page.waitForSelector("#data-preview select");
    await page.click("#start");
    await page.waitForSelector("#train-fault:not([hidden])");
    expect(await page.textContent("#train-fault")).toContain("Choose the column of the texts");
  });
});
