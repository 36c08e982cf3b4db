import { createLiveRegion, REDRAW_INTERVAL_MS } from "../report/live-region.ts";
import { canRedraw, type Environment, type TextStream } from "../report/terminal.ts";

/** Creates a display of the number of texts and the speed. It writes nothing to a stream whose lines cannot be redrawn. */
export function createCounter(stream: TextStream, env: Environment) {
  const isShown = canRedraw(stream, env);
  const region = createLiveRegion(stream);
  const started = performance.now();
  let drawn = started;
  return {
    show(texts: number): void {
      const now = performance.now();
      if (!isShown || now - drawn < REDRAW_INTERVAL_MS) return;
      drawn = now;
      region.draw([`Embedding ${texts} texts  ${((1000 * texts) / (now - started)).toFixed(0)} texts/s`]);
    },
    /** Removes the display. */
    finish(): void {
      if (isShown) region.draw([]);
    },
  };
}
