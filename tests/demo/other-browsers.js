import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { axe, useScratch } from "./demo.js";
import { reopenSaved, setNumber } from "./visitor.js";

const minute = 60_000;

/**
 * Tests what visitors need first, in browsers other than Chromium, in which the other tests run.
 *
 * @param pageAt async function that returns the page, at a view and with its storage kept between calls
 * @param options.storesFiles whether the browser has an origin private file system
 */
export function testVisit(pageAt, { storesFiles }) {
  const scratch = useScratch();
  const write = (name, contents) => {
    const path = join(scratch.folder, name);
    writeFileSync(path, contents);
    return path;
  };
  const waitForText = (page, selector, text) =>
    page.waitForFunction(
      ([selector, text]) => document.querySelector(selector)?.textContent.includes(text),
      [selector, text],
    );

  it("tokenizes typed text, next to another vocabulary, and puts it into the address", async () => {
    const page = await pageAt("#tokenize?text=Hi&vocabulary=en&second=zh");
    await page.waitForSelector("#tokens-list-2 li");
    await page.fill("#text", "Hello  world 😀");
    await waitForText(page, "#tokens-list", "7592");
    expect(await page.textContent("#tokens-summary")).toMatch(/^5 tokens, 14 characters/);
    expect(await page.textContent("#tokens-list-2")).toContain("[UNK]");
    expect(await page.evaluate(() => document.querySelectorAll("#tokens-text .mark").length)).toBe(3);
    await page.waitForFunction(() => location.hash.includes("text=Hello"));
  });

  it("tokenizes a GBK file, and refuses a binary file", async () => {
    const page = await pageAt("#tokenize");
    const gbk = Buffer.from("b7bfbce4badcb8c9beb4a3acb7fecef1d2b2bac3a3accfc2b4ceebb9c0b40a".repeat(20), "hex");
    await page.setInputFiles("#corpus-file", write("gbk.txt", gbk));
    await page.waitForSelector("#corpus-files a");
    expect(await page.textContent("#corpus-status")).toMatch(/^gbk\.txt: 20 lines, /);
    expect(await page.textContent("#corpus-invalid")).toBe("Encoding: gb18030 (guessed)");
    await page.setInputFiles("#corpus-file", write("image.txt", Buffer.from("89504e470d0a1a0a", "hex")));
    await waitForText(page, "#corpus-fault", "found an image");
  });

  it(
    "reads a table, trains on it, keeps the settings, and asks before the model is replaced",
    async () => {
      const page = await pageAt("#fine-tune");
      await page.waitForFunction(() => document.querySelector("#device").value !== "");
      const rows = Array.from(
        { length: 24 },
        (_, i) => `${i},${i % 2 ? "很好" : "很差"} ${i},${i % 2 ? "good" : "bad"}`,
      );
      await page.check("input[name=data][value=own]");
      await page.setInputFiles("#data-file", write("own.csv", `id,text,class\n${rows.join("\n")}\n`));
      await waitForText(page, "#data-classes", "good: 12");
      await page.check("input[name=model][value=tiny]");
      await page.evaluate(() => {
        document.querySelector("#advanced").open = true;
      });
      for (const [field, value] of Object.entries({ epochs: 1, "batch-size": 8, "train-max-length": 8 }))
        await setNumber(page, field, value);
      await page.evaluate(() => {
        globalThis.statuses = [];
        const status = document.querySelector("#train-status");
        new MutationObserver(() => statuses.push(status.textContent)).observe(status, { childList: true });
      });
      await page.click("#start");
      await page.waitForFunction(
        () => ["#evaluation", "#train-fault"].some((id) => !document.querySelector(id).hidden),
        undefined,
        { timeout: 2 * minute },
      );
      expect(await page.textContent("#train-fault")).toBe("");
      expect(await page.textContent("#evaluation-summary")).toMatch(/% accuracy on 4 validation rows/);

      const statuses = await page.evaluate(() => globalThis.statuses);
      for (const phase of [
        /^Downloading the engine and the model: \d+ of 14 MB$/,
        /^Compiling the model: program \d+$/,
      ])
        expect(statuses.filter((status) => phase.test(status))).not.toEqual([]);
      // The result has been scrolled to.
      expect(await page.evaluate(() => document.activeElement.id)).toBe("evaluation-title");
      expect(await page.evaluate(() => document.querySelector("#train-unsaved").hidden)).toBe(storesFiles);

      if (storesFiles) await page.reload();
      await page.waitForFunction(() => document.querySelector("#evaluation")?.hidden === false);
      expect(await page.inputValue("#batch-size")).toBe("8");
      await page.check("input[name=data][value=reviews]");
      await page.click("#start");
      await page.waitForSelector("#question");
      await page.click("#question-no");
      expect(await page.evaluate(() => document.querySelector("#evaluation").hidden)).toBe(false);

      // The page opens its own zip file, except for ONNX, and says so.
      await page.click("nav a[href='#classify']");
      await page.waitForSelector("#save-model:not([hidden])");
      await reopenSaved(page, "directory");
      await waitForText(page, "#model-name", "bertie-run: ");
      await reopenSaved(page, "fp32");
      await waitForText(page, "#model-fault", "Use the model directory from which");
    },
    3 * minute,
  );
}

/** Tests the views with axe in the language and the look of `pageAt`, in browsers that Playwright does not control. */
export function testAxe(pageAt) {
  it.each(["tokenize", "fine-tune", "type-examples", "classify"])(
    "has no axe violations in the view %s",
    async (view) => {
      const page = await pageAt(`#${view}`);
      await page.waitForFunction((view) => !document.getElementById(view).hidden, view);
      await page.evaluate(`(() => { ${axe}; return true; })()`);
      await page.evaluate(() => {
        globalThis.axe.run().then(({ violations }) => {
          globalThis.violations = violations.map(
            ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
          );
        });
      });
      await page.waitForFunction(() => globalThis.violations !== undefined);
      expect(await page.evaluate(() => globalThis.violations)).toEqual([]);
    },
  );
}
