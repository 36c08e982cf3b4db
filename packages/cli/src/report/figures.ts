const WIDTH = 24;

/** Draws a fraction from 0 to 1 as a progress bar of 24 characters. */
export function bar(fraction: number): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * WIDTH);
  return "━".repeat(full) + "╌".repeat(WIDTH - full);
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
