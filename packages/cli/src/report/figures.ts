import { displayWidth } from "@bertie/common";

/** Widths of a progress bar in characters. Shorter bars are not worth their space. */
const BAR = { min: 8, max: 24 };

/** Draws a fraction from 0 to 1 as a progress bar. */
export function bar(fraction: number, width: number = BAR.max): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return "━".repeat(full) + "╌".repeat(width - full);
}

/**
 * Formats a label, a progress bar and figures as one line. If the line does not fit, the last figures are left out and the bar
 * gets shorter; the bar is left out if even the first figure does not fit beside it.
 *
 * @param columns width of the terminal in characters; the last column remains free, because some terminals wrap there
 */
export function barLine(label: string, fraction: number, figures: readonly string[], columns: number): string {
  const candidates = figures.map((_, i) => figures.slice(0, figures.length - i).join("  "));
  const room = (text: string) => columns - 1 - displayWidth(label) - displayWidth(text) - 2;
  const beside = candidates.find((text) => room(text) >= BAR.min);
  if (beside !== undefined) return `${label} ${bar(fraction, Math.min(BAR.max, room(beside)))} ${beside}`;
  const alone = candidates.find((text) => room(text) + 1 >= 0) ?? candidates.at(-1)!;
  return `${label.trimEnd()} ${alone}`;
}

/** Formats a speed with one decimal below 10, otherwise as an integer. */
export function formatRate(examplesPerSecond: number): string {
  return `${examplesPerSecond < 10 ? examplesPerSecond.toFixed(1) : Math.round(examplesPerSecond)} examples/s`;
}

/** Formats seconds as m:ss or h:mm:ss. */
export function formatTime(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (part: number) => String(part).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  const rest = `:${pad(whole % 60)}`;
  return minutes < 60 ? `${minutes}${rest}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}${rest}`;
}
