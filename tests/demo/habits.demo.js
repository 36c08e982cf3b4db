import { describe, expect, it } from "vitest";
import { useDemo } from "./demo.js";
import { testLanguages } from "./languages.js";
import { testLooks } from "./looks.js";
import { expectUncovered } from "./visitor.js";

const open = useDemo();
const views = ["tokenize", "fine-tune", "type-examples", "classify"];

describe.each(views)("view %s", (view) => {
  it("has a skip link that stays in the view, and no control that the header hides", async () => {
    const page = await open(`#${view}`, { height: 500 });
    await expectUncovered(page, view);
  });
});

it("announces results in a single place rather than every change", async () => {
  const page = await open();
  await page.waitForSelector("#tokens-list li");
  const live = await page.$$eval("[aria-live]", (all) => all.map(({ id }) => id));
  expect(live).toEqual(["saved"]);
  await page.fill("#text", "Hello world");
  await page.waitForFunction(() => document.querySelector("#announcement").textContent === "4 tokens");
});

testLanguages(open);

describe("look", () => testLooks("chromium"));
