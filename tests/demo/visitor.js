// Steps of a visitor in the views for classification and typed examples. The functions work with the page of any browser.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { expect } from "vitest";

/** Returns the unrounded scores by label that a list of bars shows. */
export function scoresIn(page, list) {
  return page.evaluate((selector) => {
    const items = [...document.querySelectorAll(selector)];
    const scoreOf = (item) => Number(item.querySelector(".value").dataset.probability);
    return Object.fromEntries(items.map((item) => [item.firstChild.textContent, scoreOf(item)]));
  }, `${list} li`);
}

/** Checks that the skip link stays in the view, and that the header hides no control that gets the focus. */
export async function expectUncovered(page, view) {
  await page.waitForFunction((view) => !document.getElementById(view).hidden, view);
  await page.focus(".skip");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement.id)).toBe("content");
  expect(await page.evaluate(() => location.hash)).toBe(`#${view}`);
  expect(await page.isVisible(`#${view}`)).toBe(true);
  const hidden = await page.evaluate(() => {
    const bar = document.querySelector(".bar").getBoundingClientRect();
    const controls = [...document.querySelectorAll("main :is(button, input, select, textarea, summary, a)")];
    const visible = controls.filter((control) => control.getClientRects().length > 0);
    scrollTo(0, document.body.scrollHeight);
    // Upwards, so that the browser scrolls each control to the top of the window.
    return visible.toReversed().flatMap((control) => {
      control.focus();
      const { top, height } = control.getBoundingClientRect();
      return document.activeElement === control && height > 1 && top < bar.bottom - 1 ? [control.outerHTML] : [];
    });
  });
  expect(hidden).toEqual([]);
}

/** Sets a field for a number, to which Playwright would append in Firefox. */
export function setNumber(page, id, value) {
  return page.evaluate(
    ([id, value]) => {
      const input = document.getElementById(id);
      input.value = String(value);
      for (const type of ["input", "change"]) input.dispatchEvent(new Event(type, { bubbles: true }));
    },
    [id, value],
  );
}

/** Saves the model of the classification view as a zip file, and opens this file in the page again. */
export async function reopenSaved(page, format) {
  await page.evaluate(() => {
    URL.createObjectURL = (blob) => {
      globalThis.saved = blob;
      return "";
    };
    HTMLAnchorElement.prototype.click = () => {};
  });
  await page.selectOption("#save-format", format);
  await page.click("#save-zip");
  await page.waitForFunction(() => /^Saved/.test(document.querySelector("#saved").textContent));
  await page.evaluate(() => {
    const files = new DataTransfer();
    files.items.add(new File([globalThis.saved], "saved.zip"));
    const input = document.querySelector("#model-zip");
    input.files = files.files;
    input.dispatchEvent(new Event("change"));
  });
}

/** Replaces the text in the classification view, and returns the scores of the new text by label. */
export async function classify(page, sentence) {
  await page.fill("#sentence", sentence);
  await page.waitForSelector("#answer:not([hidden], [aria-busy])");
  return scoresIn(page, "#probabilities");
}

/** Hides each word in turn by [MASK], and compares the probability with the one that the explanation gives without the word. */
export async function expectFaithful(page) {
  await page.waitForSelector("#explanation:not([hidden])");
  const rows = await page.evaluate(() =>
    [...document.querySelectorAll("#contributions-table tr")].map(({ cells }) => ({
      word: cells[0].textContent,
      without: Number.parseFloat(cells[1].textContent),
    })),
  );
  expect(rows.length).toBeGreaterThan(5);
  const text = await page.inputValue("#sentence");
  const label = await page.inputValue("#explained");
  let at = 0;
  for (const { word, without } of rows.slice(0, 3)) {
    const start = text.indexOf(word, at);
    at = start + word.length;
    const scores = await classify(page, `${text.slice(0, start)} [MASK] ${text.slice(at)}`);
    expect(Math.abs(100 * scores[label] - without)).toBeLessThan(0.06);
  }
  await classify(page, text);
  await page.waitForSelector("#explanation:not([hidden])");
}

/** Types examples, by class, in the view for typed examples, and trains on them. Returns the time in seconds. */
export async function trainOnExamples(page, classes) {
  const start = performance.now();
  for (const [i, [name, texts]] of Object.entries(classes).entries()) {
    if (i > 1) await page.click("#examples-add");
    const card = `#example-classes fieldset:nth-child(${i + 1})`;
    await page.fill(`${card} input`, name);
    await page.fill(`${card} textarea`, texts.join("\n"));
  }
  await page.click("#examples-train");
  await page.waitForSelector("#examples-try:not([hidden]), #examples-fault:not([hidden])");
  expect(await page.textContent("#examples-fault")).toBe("");
  return (performance.now() - start) / 1000;
}

/** Replaces the text in the view for typed examples, and returns its scores by label. */
export async function classifyTyped(page, sentence) {
  await page.fill("#examples-text", sentence);
  await page.waitForSelector("#examples-probabilities:not([aria-busy]) li");
  return scoresIn(page, "#examples-probabilities");
}

/**
 * Drops a folder on an element. Scripts cannot create a dropped folder, so the entries of the file system API are made from
 * files, in the shape that browsers give them.
 */
export async function dropFolder(page, target, folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const contents = files.map((path) => ({
    path: `/${basename(folder)}/${relative(folder, path)}`,
    base64: readFileSync(path, "base64"),
  }));
  await page.evaluate(
    ([selector, all]) => {
      const fileOf = ({ path, base64 }) =>
        new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], path.split("/").at(-1));
      const entry = (fullPath) => {
        const file = all.find(({ path }) => path === fullPath);
        if (file !== undefined) return { isFile: true, fullPath, file: (resolve) => resolve(fileOf(file)) };
        const names = all.filter(({ path }) => path.startsWith(`${fullPath}/`));
        const inner = [...new Set(names.map(({ path }) => path.slice(fullPath.length + 1).split("/")[0]))];
        let isRead = false;
        const readEntries = (resolve) => {
          resolve(isRead ? [] : inner.map((name) => entry(`${fullPath}/${name}`)));
          isRead = true;
        };
        return { isDirectory: true, fullPath, createReader: () => ({ readEntries }) };
      };
      const event = new Event("drop", { cancelable: true });
      const root = entry(`/${all[0].path.split("/")[1]}`);
      Object.defineProperty(event, "dataTransfer", { value: { items: [{ webkitGetAsEntry: () => root }] } });
      document.querySelector(selector).dispatchEvent(event);
    },
    [target, contents],
  );
}
