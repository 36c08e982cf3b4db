import { expect, it } from "vitest";
import { axe, hydrated, pagesOfSite, useSite } from "./site.js";

const open = useSite("/some/folder/");

// Only contrast depends on the color scheme.
const rules = { light: undefined, dark: ["color-contrast"] };

it("every page loads without errors, and axe finds no violation in light and dark colors", async () => {
  const { page, problems, url, close } = await open();
  const violations = [];
  for (const path of pagesOfSite()) {
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(url + path);
    await hydrated(page);
    expect(await page.textContent("main h1"), path).not.toBe("");
    await page.evaluate(axe);
    for (const [colorScheme, runOnly] of Object.entries(rules)) {
      await page.emulateMedia({ colorScheme });
      const isDark = colorScheme === "dark";
      await page.waitForFunction((dark) => document.documentElement.classList.contains("dark") === dark, isDark);
      const options = JSON.stringify({ resultTypes: ["violations"], ...(runOnly && { runOnly }) });
      const found = await page.evaluate(`axe.run(${options})`);
      for (const { id, nodes } of found.violations) {
        const elements = nodes.slice(0, 3).map(({ html }) => html.slice(0, 160));
        violations.push(`${path} in ${colorScheme} colors: ${id}: ${elements.join(" | ")}`);
      }
    }
  }
  expect(problems).toEqual([]);
  expect(violations).toEqual([]);
  await close();
}, 600_000);
