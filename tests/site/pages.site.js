import { describe, expect, it } from "vitest";
import { axe, hydrated, pagesOfSite, useSite } from "./site.js";

const open = useSite("/some/folder/");

// Only contrast depends on the color scheme.
const rules = { light: undefined, dark: ["color-contrast"] };

describe.each(Object.entries(rules))("in %s colors", (colorScheme, runOnly) => {
  it("every page loads without errors, and axe finds no violation", async () => {
    const { page, problems, url, close } = await open({ colorScheme });
    const violations = [];
    for (const path of pagesOfSite()) {
      await page.goto(url + path);
      await hydrated(page);
      expect(await page.textContent("main h1"), path).not.toBe("");
      const options = JSON.stringify({ resultTypes: ["violations"], ...(runOnly && { runOnly }) });
      const found = await page.evaluate(`${axe}; axe.run(${options})`);
      for (const { id, nodes } of found.violations) {
        const elements = nodes.slice(0, 3).map(({ html }) => html.slice(0, 160));
        violations.push(`${path}: ${id}: ${elements.join(" | ")}`);
      }
    }
    expect(problems).toEqual([]);
    expect(violations).toEqual([]);
    await close();
  }, 600_000);
});
