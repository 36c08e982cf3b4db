import { en } from "../texts/en.ts";
import { zh } from "../texts/zh.ts";
import { keepChoice, readChoice } from "./choices.ts";

export type TextKey = keyof typeof en;
export type Values = Readonly<Record<string, string | number>>;
export type Language = "en" | "zh";

const texts: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { en, zh };
const tags: Readonly<Record<Language, string>> = { en: "en", zh: "zh-CN" };
const STORED = "language";
/** Where elements keep the key of their text, of their name for screen readers, and of their placeholder. */
const PLACES = { text: "data-text", label: "data-label", placeholder: "data-placeholder" } as const;

let current: Language = "en";
const listeners = new Set<() => void>();

export function language(): Language {
  return current;
}

/** The text of a key, in the page's language, with values in the places of their names in braces. */
export function text(key: TextKey, values: Values = {}): string {
  return texts[current][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** Gives an element a text that follows the page's language. */
export function setText(element: Element, key: TextKey, values: Values = {}): void {
  element.setAttribute(PLACES.text, key);
  element.setAttribute("data-values", JSON.stringify(values));
  element.textContent = text(key, values);
}

/** Takes a text from an element. */
export function clearText(element: Element): void {
  element.removeAttribute(PLACES.text);
  element.textContent = "";
}

/** A number as people write it. */
export function formatNumber(value: number, digits = 0): string {
  return value.toLocaleString(tags[current], { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Calls back when the language has changed, for what is not a text of an element. */
export function onLanguage(listener: () => void): void {
  listeners.add(listener);
}

export function setLanguage(next: Language): void {
  current = next;
  keepChoice(STORED, next);
  document.documentElement.lang = tags[next];
  document.title = text("title");
  translate(document.body);
  for (const listener of listeners) listener();
}

/** The language that was chosen here before, or else the browser's. */
export function startLanguage(): void {
  const stored = readChoice(STORED);
  const wanted = stored === "en" || stored === "zh" ? [stored] : navigator.languages.map((tag) => tag.slice(0, 2));
  setLanguage(wanted.find((tag) => tag === "en" || tag === "zh") === "zh" ? "zh" : "en");
}

/** Writes all texts under an element in the page's language. */
export function translate(root: Element): void {
  for (const found of root.querySelectorAll(`[${PLACES.text}]`)) {
    const values = JSON.parse(found.getAttribute("data-values") ?? "{}") as Values;
    found.textContent = text(found.getAttribute(PLACES.text) as TextKey, values);
  }
  for (const found of root.querySelectorAll(`[${PLACES.label}]`))
    found.setAttribute("aria-label", text(found.getAttribute(PLACES.label) as TextKey));
  for (const found of root.querySelectorAll(`[${PLACES.placeholder}]`))
    found.setAttribute("placeholder", text(found.getAttribute(PLACES.placeholder) as TextKey));
}
