import { describe, expect, it } from "vitest";
import { axe, hydrated, pagesOfSite, useSite } from "./site.js";

const open = useSite("/some/folder/");

describe.each(["light", "dark"])("in %s colors", (colorScheme) => {
  it("every page loads without errors, and axe finds no violation", async () => {
    const { page, problems, url, close } = await open({ colorScheme });
    const violations = [];
    for (const path of pagesOfSite()) {
      await page.goto(url + path);
      await hydrated(page);
      if (path !== "404.html") expect(await page.textContent("main h1"), path).not.toBe("");
      const found = await page.evaluate(`${axe}; axe.run()`);
      for (const { id, nodes } of found.violations)
        violations.push(
          `${path}: ${id}: ${nodes
            .slice(0, 3)
            .map(({ html }) => html.slice(0, 160))
            .join(" | ")}`,
        );
    }
    expect(problems).toEqual([]);
    expect(violations).toEqual([]);
    await close();
  });
});
