import { byId } from "./dom.ts";

/** Sets up the skip link, and keeps the height of the sticky header in `--bar`, so that the header never hides what is scrolled to. */
export function startHeader(): void {
  const bar = document.querySelector<HTMLElement>(".bar")!;
  new ResizeObserver(() => {
    const isSticky = getComputedStyle(bar).position === "sticky";
    document.documentElement.style.setProperty("--bar", `${isSticky ? bar.offsetHeight : 0}px`);
  }).observe(bar);
  // Firefox does not scroll to a control that gets the focus while a part of the control is visible.
  document.addEventListener("focusin", ({ target }) => {
    if (target instanceof Element && target.matches(":focus-visible")) target.scrollIntoView({ block: "nearest" });
  });
  // The hash of the address names the view, so the link must not change it.
  document.querySelector(".skip")!.addEventListener("click", (event) => {
    event.preventDefault();
    const main = byId("content", HTMLElement);
    main.focus();
    main.scrollIntoView();
  });
}
