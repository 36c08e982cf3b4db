import { byId, debounce } from "./dom.ts";

let pending = "";
const speak = debounce(500, () => {
  byId("announcement", HTMLElement).textContent = pending;
});

/** Has screen readers announce a message. Only the last one of several messages in quick succession is announced. */
export function announce(message: string): void {
  pending = message;
  speak();
}
