import type { LogEntry } from "@bertie/server";

/** Log of `bertie serve`. */
export interface ServerLog {
  readonly request: ((entry: LogEntry) => void) | undefined;
  readonly info: (text: string) => void;
  readonly warn: (text: string) => void;
}

interface Output {
  write(text: string): unknown;
}

/**
 * Creates a log. In JSON, all lines go to stdout. As text, requests go to stdout, and messages to stderr; with "none", there
 * are only messages.
 */
export function createServerLog(format: "text" | "json" | "none", stdout: Output, stderr: Output): ServerLog {
  if (format === "json") {
    const write = (entry: object) => stdout.write(`${JSON.stringify(entry)}\n`);
    const message = (level: string) => (text: string) =>
      void write({ time: new Date().toISOString(), level, message: text });
    return {
      request: (entry) => void write({ ...entry, level: entry.status >= 500 ? "error" : "info" }),
      info: message("info"),
      warn: message("warning"),
    };
  }
  return {
    request: format === "none" ? undefined : (entry) => void stdout.write(`${formatRequest(entry)}\n`),
    info: (text) => void stderr.write(`${text}\n`),
    warn: (text) => void stderr.write(`warning: ${text}\n`),
  };
}

/** Formats an entry as in `2026-01-01T00:00:00.000Z POST /predict 200 4.1 ms, model reviews, 1 text, 12 tokens`. */
function formatRequest({ time, method, path, status, ms, model, texts, tokens, error }: LogEntry): string {
  const count = (value: number | undefined, unit: string) =>
    value === undefined ? [] : [`${value} ${unit}${value === 1 ? "" : "s"}`];
  const details = [
    `${ms.toFixed(1)} ms`,
    ...(model === undefined ? [] : [`model ${model}`]),
    ...count(texts, "text"),
    ...count(tokens, "token"),
    ...(error === undefined ? [] : [error]),
  ];
  return `${time} ${method} ${path} ${status} ${details.join(", ")}`.replace(/[\p{Cc}\u2028\u2029]/gu, " ");
}
