import { keepChoice, readChoice } from "./choices.ts";
import { byId } from "./dom.ts";

const STORED = "theme";

/** A button that turns dark into light and back. What was chosen is kept; until then the browser's wish counts. */
export function startTheme(): void {
  const root = document.documentElement;
  const stored = readChoice(STORED);
  if (stored === "dark" || stored === "light") root.dataset.theme = stored;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
  const button = byId("theme", HTMLButtonElement);
  const mark = () => button.setAttribute("aria-pressed", String(isDark()));
  mark();
  prefersDark.addEventListener("change", mark);
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    keepChoice(STORED, root.dataset.theme);
    mark();
    dispatchEvent(new Event("themechange"));
  });
}
