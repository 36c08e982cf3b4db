import { byId } from "./dom.ts";

/** Sets up the skip link, and keeps the height of the sticky header in `--bar`, so that the header never hides what is scrolled to. */
export function startHeader(): void {
  const bar = document.querySelector<HTMLElement>(".bar")!;
  new ResizeObserver(() => {
    const isSticky = getComputedStyle(bar).position === "sticky";
    document.documentElement.style.setProperty("--bar", `${isSticky ? bar.offsetHeight : 0}px`);
  }).observe(bar);
  // The hash of the address names the view, so the link must not change it.
  document.querySelector(".skip")!.addEventListener("click", (event) => {
    event.preventDefault();
    const main = byId("content", HTMLElement);
    main.focus();
    main.scrollIntoView();
  });
}
