import { byId } from "./dom.ts";

const views = ["tokenize", "fine-tune", "type-examples", "classify"] as const;
export type View = (typeof views)[number];

const starters = new Map<View, () => void>();

/** Registers a callback for the first time that a view is shown, so that a view only loads its resources when needed. */
export function onFirstShown(view: View, start: () => void): void {
  starters.set(view, start);
}

/** Shows the view in the hash of the URL, now and whenever the hash changes. */
export function startRoutes(): void {
  addEventListener("hashchange", () => {
    show(shownView());
    byId(shownView(), HTMLElement).querySelector("h1")?.focus();
  });
  show(shownView());
}

/** Returns the view that the hash of the URL names, such as `#tokenize?text=Hello`. */
export function shownView(): View {
  const name = location.hash.slice(1).split("?")[0];
  return views.find((view) => view === name) ?? "tokenize";
}

function show(view: View): void {
  for (const name of views) byId(name, HTMLElement).hidden = name !== view;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const start = starters.get(view);
  starters.delete(view);
  start?.();
}
