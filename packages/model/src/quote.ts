const LONGEST = 120;

/**
 * A value out of a file as it may stand in a message: as JSON, cut short, and without control characters, which could
 * break the line or steer a terminal. (JSON itself escapes only the first 32.)
 */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return short.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
