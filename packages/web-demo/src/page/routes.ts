import { byId } from "./dom.ts";

const views = ["tokenize", "fine-tune", "classify"] as const;
export type View = (typeof views)[number];

const shown = new Map<View, () => void>();

/** Calls back when a view is shown for the first time: what it needs is loaded then. */
export function onFirstShown(view: View, start: () => void): void {
  shown.set(view, start);
}

/** Shows the view that the address names after its `#`, now and whenever that changes. */
export function startRoutes(): void {
  addEventListener("hashchange", () => {
    show(viewOf(location.hash));
    byId(viewOf(location.hash), HTMLElement).querySelector("h1")?.focus();
  });
  show(viewOf(location.hash));
}

function viewOf(hash: string): View {
  return views.find((view) => `#${view}` === hash) ?? "tokenize";
}

function show(view: View): void {
  for (const name of views) byId(name, HTMLElement).hidden = name !== view;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const start = shown.get(view);
  shown.delete(view);
  start?.();
}
