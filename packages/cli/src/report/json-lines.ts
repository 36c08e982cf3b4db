import { snakeCase } from "../options/table.ts";

/** Formats an object as one line of JSON: top-level keys in snake_case, maps as objects, typed arrays as arrays. */
export function jsonLine(value: object): string {
  return `${JSON.stringify(Object.fromEntries(Object.entries(value).map(([key, item]) => [snakeCase(key), plain(item)])))}\n`;
}

function plain(item: unknown): unknown {
  if (item instanceof Map) return Object.fromEntries(item);
  return ArrayBuffer.isView(item) ? Array.from(item as Int32Array) : item;
}

/** Formats a value as indented JSON. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
