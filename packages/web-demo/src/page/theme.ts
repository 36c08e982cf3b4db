import { readChoice, saveChoice } from "./choices.ts";
import { byId } from "./dom.ts";

const STORED = "theme";

/** Sets up the button for the dark theme. The choice is stored; without a choice, the preference of the browser applies. */
export function startTheme(): void {
  const root = document.documentElement;
  const stored = readChoice(STORED);
  if (stored === "dark" || stored === "light") root.dataset.theme = stored;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
  const button = byId("theme", HTMLButtonElement);
  const updateButton = () => button.setAttribute("aria-pressed", String(isDark()));
  updateButton();
  prefersDark.addEventListener("change", updateButton);
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    saveChoice(STORED, root.dataset.theme);
    updateButton();
    dispatchEvent(new Event("themechange"));
  });
}
