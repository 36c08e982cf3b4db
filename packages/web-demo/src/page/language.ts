import { en } from "../texts/en.ts";
import { zh } from "../texts/zh.ts";
import { readChoice, saveChoice } from "./choices.ts";

export type TextKey = keyof typeof en;
export type Values = Readonly<Record<string, string | number>>;
export type Language = "en" | "zh";

const texts: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { en, zh };
const tags: Readonly<Record<Language, string>> = { en: "en", zh: "zh-CN" };
const STORED = "language";
/** Attributes with the text keys of an element: its text, its accessible name and its placeholder. */
const ATTRIBUTES = { text: "data-text", label: "data-label", placeholder: "data-placeholder" } as const;

let current: Language = "en";
const listeners = new Set<() => void>();

export function language(): Language {
  return current;
}

/** Returns a text in the language of the page. Values replace the placeholders with their names in braces. */
export function text(key: TextKey, values: Values = {}): string {
  return texts[current][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** Sets the text of an element, which is translated when the language changes. */
export function setText(element: Element, key: TextKey, values: Values = {}): void {
  element.setAttribute(ATTRIBUTES.text, key);
  element.setAttribute("data-values", JSON.stringify(values));
  element.textContent = text(key, values);
}

/** Removes the text of an element. */
export function clearText(element: Element): void {
  element.removeAttribute(ATTRIBUTES.text);
  element.textContent = "";
}

/** Formats a number in the language of the page. */
export function formatNumber(value: number, digits = 0): string {
  return value.toLocaleString(tags[current], { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Formats a number of bytes as megabytes, without the unit. */
export function formatMegabytes(bytes: number): string {
  return formatNumber(bytes / 1e6);
}

/** Registers a callback for changes of the language, for texts that {@link setText} does not set. */
export function onLanguage(listener: () => void): void {
  listeners.add(listener);
}

export function setLanguage(next: Language): void {
  current = next;
  saveChoice(STORED, next);
  document.documentElement.lang = tags[next];
  document.title = text("title");
  translate(document.body);
  for (const listener of listeners) listener();
}

/** Sets the language that the user chose before, or the language of the browser. */
export function startLanguage(): void {
  const stored = readChoice(STORED);
  const candidates = stored === "en" || stored === "zh" ? [stored] : navigator.languages.map((tag) => tag.slice(0, 2));
  setLanguage(candidates.find((tag) => tag === "en" || tag === "zh") === "zh" ? "zh" : "en");
}

/** Translates all texts within an element to the language of the page. */
export function translate(root: Element): void {
  for (const target of root.querySelectorAll(`[${ATTRIBUTES.text}]`)) {
    const values = JSON.parse(target.getAttribute("data-values") ?? "{}") as Values;
    target.textContent = text(target.getAttribute(ATTRIBUTES.text) as TextKey, values);
  }
  for (const target of root.querySelectorAll(`[${ATTRIBUTES.label}]`))
    target.setAttribute("aria-label", text(target.getAttribute(ATTRIBUTES.label) as TextKey));
  for (const target of root.querySelectorAll(`[${ATTRIBUTES.placeholder}]`))
    target.setAttribute("placeholder", text(target.getAttribute(ATTRIBUTES.placeholder) as TextKey));
}
